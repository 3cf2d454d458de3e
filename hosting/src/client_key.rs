//! A client's own key pair, with which it signs assertions and proofs.

use rcgen::KeyPair;

use crate::secret::Secret;

/// A P-256 key pair of a client, for `private_key_jwt` and DPoP; the private half is handed to the client alone.
#[derive(Clone, Debug)]
pub struct ClientKey {
    /// The private key as PKCS#8 in PEM (RFC 5958, RFC 7468 §10).
    pub pem: Secret,
    /// The public key as the provider registers it (RFC 7517 §4, RFC 7518 §6.2).
    pub jwk: serde_json::Value,
}

impl ClientKey {
    /// Makes a fresh one.
    pub fn generate() -> Self {
        let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("an ECDSA key can be made");
        Self { pem: Secret::new(pair.serialize_pem()), jwk: public_jwk(pair.public_key_raw()) }
    }
}

/// Writes an uncompressed point as a JWK: one octet that says so, then both coordinates (SEC 1 §2.3.3).
pub(crate) fn public_jwk(point: &[u8]) -> serde_json::Value {
    let (x, y) = point[1..].split_at(32);
    serde_json::json!({ "kty": "EC", "crv": "P-256", "x": crate::base64url(x), "y": crate::base64url(y) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_private_half_is_pkcs8_and_the_public_half_has_no_private_member() {
        let key = ClientKey::generate();
        assert!(key.pem.expose().starts_with("-----BEGIN PRIVATE KEY-----"));
        assert!(key.jwk.get("d").is_none() && key.jwk["x"].as_str().is_some_and(|x| x.len() == 43));
        assert_ne!(key.jwk, ClientKey::generate().jwk);
        assert!(!format!("{key:?}").contains("PRIVATE KEY"));
    }
}
