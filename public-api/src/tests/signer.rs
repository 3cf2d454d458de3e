//! Keys of issuers, clients and attackers, which sign whatever a test wants.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use hosting::{base64url, sha256};
use serde_json::{Value, json};

enum Pair {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// A key pair with a name.
pub(crate) struct Signer {
    pub(crate) kid: &'static str,
    alg: &'static str,
    pair: Pair,
}

impl Signer {
    /// Makes a key for ES256, EdDSA, RS256 or PS256.
    pub(crate) fn new(kid: &'static str, alg: &'static str) -> Self {
        let pair = match alg {
            "ES256" => Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
            "EdDSA" => Pair::Ed(Ed25519KeyPair::generate().unwrap()),
            _ => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
        };
        Self { kid, alg, pair }
    }

    /// The public key with its name, as an issuer publishes it.
    pub(crate) fn published(&self) -> Value {
        let mut jwk = self.jwk();
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(self.alg);
        jwk
    }

    /// The public key (RFC 7518 §6, RFC 8037 §2), with the members of its thumbprint and no others.
    pub(crate) fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Ec(pair) => {
                // SEC 1 §2.3.3: an uncompressed point is 0x04, then 32 bytes of x, then 32 bytes of y.
                let point = pair.public_key().as_ref();
                json!({"crv": "P-256", "kty": "EC", "x": base64url(&point[1..33]), "y": base64url(&point[33..65])})
            }
            Pair::Ed(pair) => json!({"crv": "Ed25519", "kty": "OKP", "x": base64url(pair.public_key().as_ref())}),
            Pair::Rsa(pair) => {
                let n = base64url(pair.public_key().modulus().big_endian_without_leading_zero());
                let e = base64url(pair.public_key().exponent().big_endian_without_leading_zero());
                json!({"e": e, "kty": "RSA", "n": n})
            }
        }
    }

    /// The thumbprint of the public key (RFC 7638 §3).
    pub(crate) fn thumbprint(&self) -> String {
        base64url(&sha256(self.jwk().to_string().as_bytes()))
    }

    /// The header of an access token (RFC 9068 §2.1).
    pub(crate) fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": self.alg, "kid": self.kid})
    }

    /// Signs claims as an access token.
    pub(crate) fn access_token(&self, claims: &Value) -> String {
        self.sign(&self.header(), claims)
    }

    /// Signs any header and claims, whatever they say.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_texts(&header.to_string(), &claims.to_string())
    }

    /// Signs a header and a payload exactly as they are written.
    pub(crate) fn sign_texts(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
        format!("{signed}.{}", base64url(&self.signature(signed.as_bytes())))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding: &dyn RsaEncoding = if self.alg == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                pair.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// The header of a DPoP proof (RFC 9449 §4.2).
    pub(crate) fn proof_header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": self.alg, "jwk": self.jwk()})
    }

    /// A DPoP proof with which nothing is wrong.
    pub(crate) fn proof(&self, method: &str, url: &str, token: &str, nonce: Option<&str>, at_s: u64) -> String {
        self.sign(&self.proof_header(), &proof_claims(method, url, token, nonce, at_s))
    }
}

/// The claims of a DPoP proof with which nothing is wrong (RFC 9449 §4.2).
pub(crate) fn proof_claims(method: &str, url: &str, token: &str, nonce: Option<&str>, at_s: u64) -> Value {
    let ath = base64url(&sha256(token.as_bytes()));
    let mut claims = json!({"jti": hosting::random_token(), "htm": method, "htu": url, "iat": at_s, "ath": ath});
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    claims
}

/// Signs a header and claims with HS256, as whoever knows the public key can.
pub(crate) fn sign_hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
    let encoded = |value: &Value| base64url(value.to_string().as_bytes());
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", base64url(tag.as_ref()))
}
