//! One private key and what is published of it (RFC 7515, RFC 7517, RFC 7518, RFC 8037).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Typ;
use crate::settings::Switch;

/// How a token is signed (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SigningAlgorithm {
    /// ECDSA with P-256 and SHA-256.
    #[default]
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// Every algorithm.
    pub const ALL: &[Self] = &[Self::Es256, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// Returns the name that a header's `alg` has.
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Returns the names of what may sign a JWT, ours or a client's.
    pub(crate) fn names_under(fapi: Switch) -> Vec<&'static str> {
        Self::ALL.iter().filter(|algorithm| algorithm.check_profile(fapi).is_ok()).map(|one| one.name()).collect()
    }

    /// Refuses what FAPI 2.0 forbids, where that is the profile.
    ///
    /// Source: FAPI 2.0 Security Profile §5.4.1: no RSASSA-PKCS1-v1_5.
    ///
    /// # Errors
    ///
    /// A sentence that names the algorithm and those that are taken.
    pub(crate) fn check_profile(self, fapi: Switch) -> Result<(), String> {
        if !fapi.is_on() || self != Self::Rs256 {
            return Ok(());
        }
        Err(format!("FAPI 2.0 does not sign with {}: choose ES256, PS256 or EdDSA", self.name()))
    }

    pub(crate) fn is_rsa(self) -> bool {
        matches!(self, Self::Rs256 | Self::Ps256)
    }

    fn verification(self) -> Algorithm {
        match self {
            Self::Es256 => Algorithm::ES256,
            Self::Rs256 => Algorithm::RS256,
            Self::Ps256 => Algorithm::PS256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

/// What the claims of a token take, in bytes, so that they are written without being moved.
const USUAL_PAYLOAD: usize = 512;

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// A private key and what is published of it.
pub(crate) struct SigningKey {
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) kid: String,
    jwk: Value,
    /// The header of each type of JWT, encoded.
    headers: [String; Typ::ALL.len()],
    pair: Pair,
    decoding: DecodingKey,
}

impl SigningKey {
    pub(crate) fn generate(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Es256 => Self::ec(algorithm),
            SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => Self::rsa(algorithm),
            SigningAlgorithm::EdDsa => Self::ed(algorithm),
        }
    }

    fn ec(algorithm: SigningAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("the system's generator answers");
        // SEC 1 §2.3.3: an uncompressed point is 0x04, then 32 bytes of x, then 32 bytes of y.
        let point = pair.public_key().as_ref();
        let (x, y) = (hosting::base64url(&point[1..33]), hosting::base64url(&point[33..65]));
        let decoding = DecodingKey::from_ec_components(&x, &y).expect("coordinates that were just encoded decode");
        Self::new(algorithm, json!({"crv": "P-256", "kty": "EC", "x": x, "y": y}), Pair::Ec(pair), decoding)
    }

    fn rsa(algorithm: SigningAlgorithm) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("the system's generator answers");
        let encoded = |bytes: &[u8]| hosting::base64url(bytes);
        let public = pair.public_key();
        let n = encoded(public.modulus().big_endian_without_leading_zero());
        let e = encoded(public.exponent().big_endian_without_leading_zero());
        let decoding = DecodingKey::from_rsa_components(&n, &e).expect("components that were just encoded decode");
        Self::new(algorithm, json!({"e": e, "kty": "RSA", "n": n}), Pair::Rsa(pair), decoding)
    }

    fn ed(algorithm: SigningAlgorithm) -> Self {
        let pair = Ed25519KeyPair::generate().expect("the system's generator answers");
        let x = hosting::base64url(pair.public_key().as_ref());
        let decoding = DecodingKey::from_ed_components(&x).expect("a coordinate that was just encoded decodes");
        Self::new(algorithm, json!({"crv": "Ed25519", "kty": "OKP", "x": x}), Pair::Ed(pair), decoding)
    }

    /// `required` are the members that RFC 7638 §3.2 puts into the thumbprint; `json!` keeps them in order.
    fn new(algorithm: SigningAlgorithm, required: Value, pair: Pair, decoding: DecodingKey) -> Self {
        let kid = hosting::base64url(&hosting::sha256(required.to_string().as_bytes()));
        let mut jwk = required;
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(algorithm.name());
        jwk["kid"] = json!(kid);
        // Every part is made of characters that JSON takes as they are.
        let headers = Typ::ALL.map(|typ| {
            let (typ, alg) = (typ.as_str(), algorithm.name());
            hosting::base64url(format!(r#"{{"typ":"{typ}","alg":"{alg}","kid":"{kid}"}}"#).as_bytes())
        });
        Self { algorithm, kid, jwk, headers, pair, decoding }
    }

    /// Returns the public key as a JWK (RFC 7517 §4).
    pub(crate) fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// Signs claims as a JWT of this type.
    pub(crate) fn sign(&self, typ: Typ, claims: &impl Serialize) -> String {
        let mut payload = Vec::with_capacity(USUAL_PAYLOAD);
        serde_json::to_writer(&mut payload, claims).expect("claims are plain data");
        self.sign_encoded(&self.headers[typ as usize], &payload)
    }

    /// Signs a header and a payload exactly as they are written (RFC 7515 §3.1, compact serialisation).
    pub(crate) fn sign_texts(&self, header: &str, payload: &str) -> String {
        self.sign_encoded(&hosting::base64url(header.as_bytes()), payload.as_bytes())
    }

    fn sign_encoded(&self, header: &str, payload: &[u8]) -> String {
        // Four characters for three bytes, and room for the signature of an RSA key.
        let mut jws = String::with_capacity(header.len() + payload.len() * 4 / 3 + 350);
        jws.push_str(header);
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut jws);
        let signature = self.signature(jws.as_bytes());
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jws);
        jws.shrink_to_fit();
        jws
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&random, message).expect("a P-256 key signs").as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding: &dyn aws_lc_rs::signature::RsaEncoding = match self.algorithm {
                    SigningAlgorithm::Ps256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                pair.sign(padding, &random, message, &mut signature).expect("an RSA key of 2048 bits signs");
                signature
            }
        }
    }

    /// Returns the claims of a JWT of this type that this key signed, whether it has expired or not.
    pub(crate) fn open(&self, typ: Typ, jwt: &str) -> Option<Value> {
        let mut validation = Validation::new(self.algorithm.verification());
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
    fn every_algorithm_opens_its_own_tokens_of_the_asked_type_only() {
        for algorithm in SigningAlgorithm::ALL {
            let key = SigningKey::generate(*algorithm);
            let jwt = key.sign(Typ::Id, &json!({"sub": "1", "exp": 1}));
            assert_eq!(key.open(Typ::Id, &jwt), Some(json!({"sub": "1", "exp": 1})), "{algorithm:?}");
            assert_eq!(key.open(Typ::Logout, &jwt), None, "{algorithm:?}");
            assert_eq!(SigningKey::generate(*algorithm).open(Typ::Id, &jwt), None, "{algorithm:?}");
        }
    }

    #[test]
    fn what_is_published_verifies_what_was_signed() {
        for algorithm in SigningAlgorithm::ALL {
            let key = SigningKey::generate(*algorithm);
            let jwt = key.sign(Typ::Id, &json!({"sub": "1"}));
            let published: jsonwebtoken::jwk::Jwk = serde_json::from_value(key.jwk().clone()).unwrap();
            let mut validation = Validation::new(algorithm.verification());
            validation.required_spec_claims.clear();
            validation.validate_exp = false;
            let decoded =
                jsonwebtoken::decode::<Value>(&jwt, &DecodingKey::from_jwk(&published).unwrap(), &validation).unwrap();
            assert_eq!(decoded.claims["sub"], "1", "{algorithm:?}");
            assert_eq!(decoded.header.kid.as_deref(), Some(key.kid.as_str()));
        }
    }
}
