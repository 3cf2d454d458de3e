//! A public key in the encodings in which it is taken for a shared secret (RFC 8725 §2.1), and in a certificate.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0] EXPLICIT`, in which a certificate says its version.
const VERSION: u8 = 0xa0;

/// `rsaEncryption` and its `NULL` (RFC 3279 §2.3.1).
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// `id-ecPublicKey` and `secp256r1` (RFC 5480 §2.1.1).
const P_256: &[u8] =
    &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// `id-Ed25519` (RFC 8410 §3).
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
/// `ecdsa-with-SHA256` (RFC 5758 §3.2).
const ECDSA_WITH_SHA256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// `id-at-commonName` (RFC 5280 appendix A.1).
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];

/// Returns a JWK as a `SubjectPublicKeyInfo` in DER (RFC 5280 §4.1.2.7).
pub(crate) fn der(jwk: &Value) -> Vec<u8> {
    let (algorithm, key) = match jwk["kty"].as_str() {
        Some("RSA") => (RSA_ENCRYPTION, element(SEQUENCE, &[&integer(&member(jwk, "n")), &integer(&member(jwk, "e"))])),
        Some("EC") => (P_256, point(jwk)),
        _ => (ED25519, member(jwk, "x")),
    };
    element(SEQUENCE, &[&element(SEQUENCE, &[algorithm]), &bits(&key)])
}

/// Returns a JWK as a `SubjectPublicKeyInfo` in PEM, with a line feed after the last line (RFC 7468 §13).
pub(crate) fn pem(jwk: &Value) -> String {
    let encoded = STANDARD.encode(der(jwk));
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    for (place, character) in encoded.chars().enumerate() {
        // RFC 7468 §2: lines of 64 characters.
        if place > 0 && place % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str("\n-----END PUBLIC KEY-----\n");
    pem
}

/// Returns what is the key in a JWK, in base64url: the modulus, the uncompressed point, or the coordinate.
pub(crate) fn number(jwk: &Value) -> String {
    match jwk["kty"].as_str() {
        Some("RSA") => hosting::base64url(&member(jwk, "n")),
        Some("EC") => hosting::base64url(&point(jwk)),
        _ => hosting::base64url(&member(jwk, "x")),
    }
}

/// Makes a certificate for a key in DER; its signature is random, because whoever takes a key from it has not looked.
pub(crate) fn certificate(jwk: &Value) -> Vec<u8> {
    let common_name = element(SEQUENCE, &[COMMON_NAME, &element(UTF8_STRING, &[b"evil.example"])]);
    let name = element(SEQUENCE, &[&element(SET, &[&common_name])]);
    let times = [element(UTC_TIME, &[b"250101000000Z"]), element(UTC_TIME, &[b"491231235959Z"])];
    let validity = element(SEQUENCE, &[&times[0], &times[1]]);
    let algorithm = element(SEQUENCE, &[ECDSA_WITH_SHA256]);
    // Version 3 counts from 0 (RFC 5280 §4.1.2.1).
    let version = element(VERSION, &[&integer(&[2])]);
    let serial = integer(&[1]);
    let signed = element(SEQUENCE, &[&version, &serial, &algorithm, &name, &validity, &name, &der(jwk)]);
    let signature = bits(hosting::random_token().as_bytes());
    element(SEQUENCE, &[&signed, &algorithm, &signature])
}

fn member(jwk: &Value, name: &str) -> Vec<u8> {
    let bytes = jwk[name].as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    bytes.expect("a key of ours has every member of its type")
}

/// SEC 1 §2.3.3: 0x04, then x, then y.
fn point(jwk: &Value) -> Vec<u8> {
    [vec![0x04], member(jwk, "x"), member(jwk, "y")].concat()
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    // The first byte says how many bits of the last one do not count.
    element(BIT_STRING, &[&[0], bytes])
}

/// A number without a sign; a zero byte goes before a first bit that would be taken for one.
fn integer(big_endian: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if big_endian.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    element(INTEGER, &[sign, big_endian])
}

fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let mut element = vec![tag];
    let length = contents.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    // X.690 §8.1.3: up to 127 in one byte, otherwise the number of bytes and the bytes.
    match significant.as_slice() {
        [] => element.push(0),
        [short] if *short < 0x80 => element.push(*short),
        long => {
            element.push(0x80 | u8::try_from(long.len()).expect("a length has at most eight bytes"));
            element.extend_from_slice(long);
        }
    }
    element.extend_from_slice(&contents);
    element
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use serde_json::json;

    use super::*;
    use crate::keys::{SigningAlgorithm, SigningKey, Typ};

    fn verifies(key: &SigningKey, algorithm: Algorithm, decoding: &DecodingKey) -> bool {
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let jwt = key.sign(Typ::Id, &json!({"sub": "1"}));
        jsonwebtoken::decode::<Value>(&jwt, decoding, &validation).is_ok()
    }

    #[test]
    fn the_pem_is_the_key() {
        let ec = SigningKey::generate(SigningAlgorithm::Es256);
        let decoding = DecodingKey::from_ec_pem(pem(ec.jwk()).as_bytes()).unwrap();
        assert!(verifies(&ec, Algorithm::ES256, &decoding));
        let rsa = SigningKey::generate(SigningAlgorithm::Rs256);
        let decoding = DecodingKey::from_rsa_pem(pem(rsa.jwk()).as_bytes()).unwrap();
        assert!(verifies(&rsa, Algorithm::RS256, &decoding));
        let ed = SigningKey::generate(SigningAlgorithm::EdDsa);
        let decoding = DecodingKey::from_ed_pem(pem(ed.jwk()).as_bytes()).unwrap();
        assert!(verifies(&ed, Algorithm::EdDSA, &decoding));
    }

    #[test]
    fn the_pem_has_lines_of_64_characters_and_a_line_feed_at_the_end() {
        let pem = pem(SigningKey::generate(SigningAlgorithm::Es256).jwk());
        let lengths: Vec<usize> = pem.lines().map(str::len).collect();
        assert_eq!(lengths, [26, 64, 60, 24]);
        assert!(pem.ends_with("-----\n"));
    }

    #[test]
    fn who_trusts_the_certificate_trusts_its_key() {
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let encoded = STANDARD.encode(certificate(key.jwk()));
        let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
        let decoding = DecodingKey::from_ec_pem(pem.as_bytes()).unwrap();
        assert!(verifies(&key, Algorithm::ES256, &decoding));
    }

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        assert_eq!(element(SEQUENCE, &[]), [0x30, 0]);
        assert_eq!(element(SEQUENCE, &[&[0; 127]])[..2], [0x30, 0x7f]);
        assert_eq!(element(SEQUENCE, &[&[0; 128]])[..3], [0x30, 0x81, 0x80]);
        assert_eq!(element(SEQUENCE, &[&[0; 256]])[..4], [0x30, 0x82, 0x01, 0x00]);
    }
}
