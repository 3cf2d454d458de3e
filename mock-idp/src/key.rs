//! The provider's signing key: ES256, one per provider, made when the provider is.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

/// What a JWT of ours is for, as its `typ` says it, so that none can be taken for another (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typ {
    /// An ID token.
    Id,
    /// An access token (RFC 9068 §2.1).
    Access,
    /// A logout token (OpenID Connect Back-Channel Logout 1.0 §2.4).
    Logout,
}

impl Typ {
    fn as_str(self) -> &'static str {
        match self {
            Self::Id => "JWT",
            Self::Access => "at+jwt",
            Self::Logout => "logout+jwt",
        }
    }
}

/// A private key and what is published of it.
pub(crate) struct SigningKey {
    kid: String,
    jwk: Value,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl SigningKey {
    pub(crate) fn generate() -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document =
            EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).expect("the system's generator answers");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref()).expect("a key that was just made is valid");
        // SEC 1 §2.3.3: an uncompressed point is 0x04, then 32 bytes of x, then 32 bytes of y.
        let point = pair.public_key().as_ref();
        let (x, y) = (hosting::base64url(&point[1..33]), hosting::base64url(&point[33..65]));
        // RFC 7638 §3: the required members, in lexicographic order, without white space.
        let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = hosting::base64url(&hosting::sha256(thumbprint.as_bytes()));
        Self {
            jwk: json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y}),
            kid,
            encoding: EncodingKey::from_ec_der(document.as_ref()),
            decoding: DecodingKey::from_ec_components(&x, &y).expect("coordinates that were just encoded decode"),
        }
    }

    /// Returns the public key as a JWK (RFC 7517).
    pub(crate) fn jwk(&self) -> &Value {
        &self.jwk
    }

    pub(crate) fn sign(&self, typ: Typ, claims: &Value) -> String {
        let header =
            Header { typ: Some(typ.as_str().to_owned()), kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.encoding).expect("JSON claims can be signed with a P-256 key")
    }

    /// Returns the claims of a JWT of this type that this key signed, whether it has expired or not.
    pub(crate) fn open(&self, typ: Typ, jwt: &str) -> Option<Value> {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let token = jsonwebtoken::decode::<Value>(jwt, &self.decoding, &validation).ok()?;
        (token.header.typ.as_deref() == Some(typ.as_str())).then_some(token.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_its_own_tokens_of_the_asked_type_only() {
        let key = SigningKey::generate();
        let jwt = key.sign(Typ::Id, &json!({"sub": "1", "exp": 1}));
        assert_eq!(key.open(Typ::Id, &jwt), Some(json!({"sub": "1", "exp": 1})));
        assert_eq!(key.open(Typ::Logout, &jwt), None);
        assert_eq!(SigningKey::generate().open(Typ::Id, &jwt), None);
    }
}
