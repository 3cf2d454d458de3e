//! The client's own key pair, with which it signs assertions and proofs.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use hosting::{Secret, base64url, sha256};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use crate::cannot_start::CannotStart;

/// A P-256 key pair, and what others may know of it.
pub(super) struct SigningKey {
    pair: EcdsaKeyPair,
    jwk: Value,
    thumbprint: String,
}

impl SigningKey {
    /// Reads a private key (PKCS#8, P-256) in PEM.
    ///
    /// Source: RFC 5958, RFC 7468 §10.
    ///
    /// # Errors
    ///
    /// [`CannotStart::Key`] when it is not one; the error never quotes it.
    pub(super) fn from_pem(pem: &Secret) -> Result<Self, CannotStart> {
        let refused = || CannotStart::Key("the client's key is not a P-256 private key as PKCS#8 in PEM".to_owned());
        let pkcs8 = EncodingKey::from_ec_pem(pem.expose().as_bytes()).map_err(|_| refused())?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_bytes());
        let pair = pair.map_err(|_| refused())?;
        // SEC 1 §2.3.3: one octet that says that it is not compressed, then both coordinates.
        let point: &[u8] = pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let jwk = json!({ "crv": "P-256", "kty": "EC", "x": base64url(x), "y": base64url(y) });
        // RFC 7638 §3: these members, in this order, without a space.
        let thumbprint = base64url(&sha256(jwk.to_string().as_bytes()));
        Ok(Self { pair, jwk, thumbprint })
    }

    /// Returns the public key (RFC 7517 §4).
    pub(super) fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// Returns the public key's thumbprint (RFC 7638 §3).
    pub(super) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Signs claims under a header that says `ES256` (RFC 7515 §3.1, compact serialisation).
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a P-256 key signs");
        format!("{signed}.{}", base64url(signature.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use hosting::ClientKey;
    use jsonwebtoken::Algorithm;
    use jsonwebtoken::jwk::JwkSet;

    use super::*;
    use crate::jws;

    #[test]
    fn what_it_signs_verifies_with_the_key_that_the_provider_registers() {
        let registered = ClientKey::generate();
        let key = SigningKey::from_pem(&registered.pem).unwrap();
        assert_eq!((&key.jwk()["x"], &key.jwk()["y"]), (&registered.jwk["x"], &registered.jwk["y"]));
        let jwt = key.sign(&json!({ "alg": "ES256", "typ": "JWT" }), &json!({ "sub": "bff" }));
        let keys: JwkSet = serde_json::from_value(json!({ "keys": [registered.jwk] })).unwrap();
        let claims = jws::check(&jwt, &keys, &[Some("jwt")], &[Algorithm::ES256]).unwrap();
        assert_eq!((claims["sub"].as_str(), key.thumbprint().len()), (Some("bff"), 43));
    }

    #[test]
    fn a_key_that_cannot_be_read_is_not_quoted() {
        for bad in ["", "secret text", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"] {
            let error = SigningKey::from_pem(&Secret::new(bad)).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.contains("P-256") && !error.contains("secret")), "{bad:?}");
        }
    }
}
