//! JWTs that others have signed: a client's assertion, a proof of possession (RFC 7515, RFC 7519, RFC 8725).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

/// A longer one is not looked at.
const LONGEST: usize = 16 * 1024;

/// The members that a public key must not have (RFC 7518 §6.2.2, §6.3.2 and §6.4.1).
pub(crate) const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a JWT was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("it is not three parts of base64url with a JSON object in the first two")]
    Malformed,
    #[error("its algorithm {0} is not one of ES256, RS256, PS256, EdDSA")]
    Algorithm(String),
    #[error("its header has crit, and no extension is understood here")]
    Critical,
    #[error("its key is not a public key for its algorithm")]
    Key,
    #[error("its signature does not verify")]
    Signature,
}

/// A JWT that was taken apart, and not verified yet.
#[derive(Debug)]
pub(crate) struct Unverified<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    algorithm: Algorithm,
    signed: &'a str,
    signature: &'a str,
}

/// Takes a JWT apart.
///
/// # Errors
///
/// [`Rejected`] when it has no such parts, an algorithm that is not asymmetric, or an extension that must be understood.
pub(crate) fn read(jwt: &str) -> Result<Unverified<'_>, Rejected> {
    if jwt.len() > LONGEST {
        return Err(Rejected::Malformed);
    }
    let (signed, signature) = jwt.rsplit_once('.').ok_or(Rejected::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(Rejected::Malformed)?;
    let (header, claims) = (object(header)?, object(claims)?);
    // RFC 7515 §4.1.11.
    if header.contains_key("crit") {
        return Err(Rejected::Critical);
    }
    let algorithm = match header.get("alg").and_then(Value::as_str).unwrap_or_default() {
        "ES256" => Algorithm::ES256,
        "RS256" => Algorithm::RS256,
        "PS256" => Algorithm::PS256,
        "EdDSA" => Algorithm::EdDSA,
        other => return Err(Rejected::Algorithm(other.to_owned())),
    };
    Ok(Unverified { header, claims, algorithm, signed, signature })
}

impl Unverified<'_> {
    /// Returns a member of the header that is a text.
    pub(crate) fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// Returns a claim that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// Returns a claim that is a number of seconds, whole ones; RFC 7519 §2 allows fractions.
    pub(crate) fn seconds(&self, name: &str) -> Option<u64> {
        let value = self.claims.get(name)?;
        let fraction = || value.as_f64().filter(|seconds| (0.0..9e15).contains(seconds));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 2^53")]
        value.as_u64().or_else(|| fraction().map(|seconds| seconds as u64))
    }

    /// Verifies the signature with a public key.
    ///
    /// # Errors
    ///
    /// [`Rejected::Key`] when the key is private or of another type, [`Rejected::Signature`] when it signed something else.
    pub(crate) fn verify(&self, jwk: &Value) -> Result<(), Rejected> {
        let members = jwk.as_object().ok_or(Rejected::Key)?;
        // RFC 9449 §4.3: "does not contain a private key"; the library drops such members unseen.
        if PRIVATE.iter().any(|name| members.contains_key(*name)) {
            return Err(Rejected::Key);
        }
        if members.get("alg").and_then(Value::as_str).is_some_and(|alg| Some(alg) != self.header_text("alg")) {
            return Err(Rejected::Key);
        }
        let jwk: Jwk = serde_json::from_value(jwk.clone()).map_err(|_| Rejected::Key)?;
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| Rejected::Key)?;
        if key.family() != self.algorithm.family() {
            return Err(Rejected::Key);
        }
        let verified = jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), &key, self.algorithm);
        if verified.unwrap_or(false) { Ok(()) } else { Err(Rejected::Signature) }
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Rejected> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Rejected::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Rejected::Malformed)
}

/// Returns the thumbprint of a public key (RFC 7638 §3).
pub(crate) fn thumbprint(jwk: &Value) -> Option<String> {
    let text = |name: &str| jwk.get(name)?.as_str();
    let canonical = match text("kty")? {
        "EC" => serde_json::json!({"crv": text("crv")?, "kty": "EC", "x": text("x")?, "y": text("y")?}),
        "RSA" => serde_json::json!({"e": text("e")?, "kty": "RSA", "n": text("n")?}),
        "OKP" => serde_json::json!({"crv": text("crv")?, "kty": "OKP", "x": text("x")?}),
        _ => return None,
    };
    Some(hosting::base64url(&hosting::sha256(canonical.to_string().as_bytes())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::{SigningAlgorithm, SigningKey};

    fn signed(header: &Value) -> (SigningKey, String) {
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let jwt = key.sign_texts(&header.to_string(), r#"{"jti":"1"}"#);
        (key, jwt)
    }

    #[test]
    fn takes_what_the_key_has_signed_and_nothing_else() {
        let (key, jwt) = signed(&json!({"alg": "ES256"}));
        assert_eq!(read(&jwt).unwrap().verify(key.jwk()), Ok(()));
        let other = SigningKey::generate(SigningAlgorithm::Es256);
        assert_eq!(read(&jwt).unwrap().verify(other.jwk()), Err(Rejected::Signature));
        let rsa = SigningKey::generate(SigningAlgorithm::EdDsa);
        assert_eq!(read(&jwt).unwrap().verify(rsa.jwk()), Err(Rejected::Key));
    }

    #[test]
    fn refuses_algorithms_extensions_and_private_keys() {
        for alg in ["none", "None", "HS256", "ES256K", ""] {
            assert_eq!(read(&signed(&json!({"alg": alg})).1).unwrap_err(), Rejected::Algorithm(alg.to_owned()));
        }
        let (_, critical) = signed(&json!({"alg": "ES256", "crit": ["b64"], "b64": false}));
        assert_eq!(read(&critical).unwrap_err(), Rejected::Critical);
        let (key, jwt) = signed(&json!({"alg": "ES256"}));
        let mut private = key.jwk().clone();
        private["d"] = json!("AQAB");
        assert_eq!(read(&jwt).unwrap().verify(&private), Err(Rejected::Key));
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let jwk = json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
        assert_eq!(thumbprint(&jwk).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}", key in ".{0,40}") {
            if let Ok(unverified) = read(&text) {
                let _ = unverified.verify(&json!({"kty": key}));
            }
        }

        #[test]
        fn no_other_bytes_verify(place in 0_usize..400, to in 0_u8..64) {
            let (key, jwt) = signed(&json!({"alg": "ES256"}));
            let place = place % jwt.len();
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let mut bytes = jwt.clone().into_bytes();
            bytes[place] = alphabet[usize::from(to)];
            let changed = String::from_utf8(bytes).unwrap();
            if changed != jwt && let Ok(unverified) = read(&changed) {
                proptest::prop_assert!(unverified.verify(key.jwk()).is_err());
            }
        }
    }
}
