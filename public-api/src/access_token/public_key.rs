//! A public key of somebody else, read from its JWK (RFC 7517).

use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// The members that a public key must not have (RFC 7518 §6.2.2, §6.3.2 and §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const ECDSA: &[Algorithm] = &[Algorithm::ES256];
const RSA: &[Algorithm] = &[Algorithm::RS256, Algorithm::PS256];
const ED25519: &[Algorithm] = &[Algorithm::EdDSA];

/// A public key with which signatures are verified.
pub(super) struct PublicKey {
    pub(super) kid: Option<String>,
    algorithms: &'static [Algorithm],
    /// The one algorithm that it is for, where it says so (RFC 7517 §4.4).
    alg: Option<Algorithm>,
    key: DecodingKey,
}

impl PublicKey {
    /// Reads a JWK; nothing where it is private, for something else than signatures, or of a kind that is not taken.
    pub(super) fn read(jwk: &Value) -> Option<Self> {
        let members = jwk.as_object()?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if PRIVATE.iter().any(|name| members.contains_key(*name)) {
            return None;
        }
        let is_for_signatures = members.get("use").is_none_or(|purpose| purpose == "sig");
        let may_verify = members.get("key_ops").is_none_or(|may| {
            may.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
        });
        if !is_for_signatures || !may_verify {
            return None;
        }
        let (algorithms, key) = match (text("kty")?, text("crv")) {
            ("EC", Some("P-256")) => (ECDSA, DecodingKey::from_ec_components(text("x")?, text("y")?)),
            ("RSA", _) => (RSA, DecodingKey::from_rsa_components(text("n")?, text("e")?)),
            ("OKP", Some("Ed25519")) => (ED25519, DecodingKey::from_ed_components(text("x")?)),
            _ => return None,
        };
        let alg = match members.get("alg") {
            None => None,
            Some(alg) => Some(alg.as_str()?.parse().ok()?),
        };
        Some(Self { kid: text("kid").map(str::to_owned), algorithms, alg, key: key.ok()? })
    }

    /// Tells whether signatures of this algorithm can be the key's.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm) && self.alg.is_none_or(|own| own == algorithm)
    }

    /// Tells whether a signature, encoded, is the key's.
    pub(super) fn has_signed(&self, message: &[u8], signature: &str, algorithm: Algorithm) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.key, algorithm).unwrap_or(false)
    }
}

/// Returns the thumbprint of a public key.
///
/// Source: RFC 7638 §3.
pub(super) fn thumbprint(jwk: &Value) -> Option<String> {
    let text = |name: &str| jwk.get(name)?.as_str();
    let required = match text("kty")? {
        "EC" => serde_json::json!({"crv": text("crv")?, "kty": "EC", "x": text("x")?, "y": text("y")?}),
        "RSA" => serde_json::json!({"e": text("e")?, "kty": "RSA", "n": text("n")?}),
        "OKP" => serde_json::json!({"crv": text("crv")?, "kty": "OKP", "x": text("x")?}),
        _ => return None,
    };
    Some(hosting::base64url(&hosting::sha256(required.to_string().as_bytes())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ec() -> Value {
        // RFC 7515 appendix A.3.
        json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        })
    }

    #[test]
    fn verifies_the_example_of_the_specification() {
        let key = PublicKey::read(&ec()).unwrap();
        let signed = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        assert!(key.has_signed(signed.as_bytes(), signature, Algorithm::ES256));
        assert!(!key.has_signed(b"something else", signature, Algorithm::ES256));
        assert!(key.fits(Algorithm::ES256) && !key.fits(Algorithm::RS256));
    }

    #[test]
    fn reads_only_public_keys_for_signatures() {
        for (name, value) in [
            ("d", json!("AQAB")),
            ("k", json!("AQAB")),
            ("use", json!("enc")),
            ("use", json!(["sig"])),
            ("key_ops", json!(["encrypt"])),
            ("key_ops", json!("verify")),
            ("crv", json!("P-384")),
            ("kty", json!("oct")),
            ("kty", json!("RSA")),
            ("x", json!("not base64url!")),
            ("y", Value::Null),
            ("alg", json!("ES512")),
            ("alg", json!(256)),
        ] {
            let mut jwk = ec();
            jwk[name] = value;
            assert!(PublicKey::read(&jwk).is_none(), "{jwk}");
        }
        for (name, value) in [("use", json!("sig")), ("key_ops", json!(["verify"])), ("alg", json!("ES256"))] {
            let mut jwk = ec();
            jwk[name] = value;
            assert!(PublicKey::read(&jwk).is_some(), "{jwk}");
        }
    }

    #[test]
    fn a_key_for_one_algorithm_is_for_no_other() {
        let rsa = |alg: Option<&str>| {
            let mut jwk = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
            if let Some(alg) = alg {
                jwk["alg"] = json!(alg);
            }
            PublicKey::read(&jwk).unwrap()
        };
        assert!(rsa(None).fits(Algorithm::RS256) && rsa(None).fits(Algorithm::PS256));
        assert!(rsa(Some("PS256")).fits(Algorithm::PS256) && !rsa(Some("PS256")).fits(Algorithm::RS256));
        assert!(!rsa(Some("ES256")).fits(Algorithm::ES256));
    }

    #[test]
    fn the_thumbprint_is_that_of_the_specification() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        // RFC 7638 §3.1.
        let jwk = json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
        assert_eq!(thumbprint(&jwk).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        assert_eq!(thumbprint(&json!({"kty": "oct", "k": "AQAB"})), None);
    }

    proptest::proptest! {
        #[test]
        fn any_jwk_is_read_without_a_panic(kty in "EC|RSA|OKP|.{0,3}", crv in "P-256|Ed25519|.{0,3}", x in ".{0,60}") {
            let jwk = json!({"kty": kty, "crv": crv, "x": x, "y": x, "n": x, "e": x});
            if let Some(key) = PublicKey::read(&jwk) {
                for algorithm in [Algorithm::ES256, Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA] {
                    proptest::prop_assert!(!key.has_signed(b"a", &x, algorithm));
                }
            }
            let _ = thumbprint(&jwk);
        }
    }
}
