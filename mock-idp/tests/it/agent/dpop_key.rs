//! A client's own P-256 key, which signs its DPoP proofs and its assertions.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::ISSUER;

/// The only type of assertion (RFC 7523 §2.2).
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub(crate) struct DpopKey {
    pair: EcdsaKeyPair,
}

impl DpopKey {
    pub(crate) fn generate() -> Self {
        Self { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    /// The public key (RFC 7518 §6.2).
    pub(crate) fn jwk(&self) -> Value {
        // SEC 1 §2.3.3: an uncompressed point is 0x04, then 32 bytes of x, then 32 bytes of y.
        let point = self.pair.public_key().as_ref();
        let (x, y) = (hosting::base64url(&point[1..33]), hosting::base64url(&point[33..65]));
        json!({"crv": "P-256", "kty": "EC", "x": x, "y": y})
    }

    /// The thumbprint of the public key (RFC 7638 §3): its members are in order, and there are no others.
    pub(crate) fn thumbprint(&self) -> String {
        hosting::base64url(&hosting::sha256(self.jwk().to_string().as_bytes()))
    }

    /// Signs any header and claims, whatever they say.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let encoded = |value: &Value| hosting::base64url(value.to_string().as_bytes());
        let signed = format!("{}.{}", encoded(header), encoded(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", hosting::base64url(signature.as_ref()))
    }

    /// The header of a proof (RFC 9449 §4.2).
    pub(crate) fn proof_header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk()})
    }

    /// A proof of possession (RFC 9449 §4.2).
    pub(crate) fn proof(
        &self,
        method: &str,
        url: &str,
        nonce: Option<&str>,
        access_token: Option<&str>,
        at_s: u64,
    ) -> String {
        let mut claims = json!({"jti": hosting::random_token(), "htm": method, "htu": url, "iat": at_s});
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        if let Some(access_token) = access_token {
            claims["ath"] = json!(hosting::base64url(&hosting::sha256(access_token.as_bytes())));
        }
        self.sign(&self.proof_header(), &claims)
    }

    /// An assertion of a client (RFC 7523 §3).
    pub(crate) fn assertion(&self, client_id: &str, at_s: u64) -> String {
        self.sign(&json!({"alg": "ES256"}), &assertion_claims(client_id, at_s))
    }
}

/// The claims of an assertion with which nothing is wrong.
pub(crate) fn assertion_claims(client_id: &str, at_s: u64) -> Value {
    json!({
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "iat": at_s,
        "exp": at_s + 60,
        "jti": hosting::random_token(),
    })
}
