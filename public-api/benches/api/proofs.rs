//! A caller that holds a key, and proves it with every call (RFC 9449).

use anyhow::{Context as _, Result};
use hosting::{ClientKey, Clock, base64url, random_token, sha256};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use crate::names::{BOUND, PROVEN};

/// The key, and the token that is bound to it.
pub(crate) struct Proofs {
    clock: Clock,
    key: EncodingKey,
    header: Header,
    token: String,
    /// The digest of the token, as proofs name it.
    ath: String,
}

impl Proofs {
    pub(crate) fn new() -> Result<Self> {
        let ClientKey { pem, jwk } = ClientKey::generate();
        let key = EncodingKey::from_ec_pem(pem.expose().as_bytes()).context("read the caller's key")?;
        // RFC 7638 §3.2: these members, in this order.
        let members = json!({ "crv": jwk["crv"], "kty": jwk["kty"], "x": jwk["x"], "y": jwk["y"] }).to_string();
        let token = format!("{BOUND}{}", base64url(&sha256(members.as_bytes())));
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("dpop+jwt".to_owned());
        header.jwk = Some(serde_json::from_value(jwk).context("read the caller's public key")?);
        let ath = base64url(&sha256(token.as_bytes()));
        Ok(Self { clock: Clock::system(), key, header, token, ath })
    }

    /// Returns the access token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Makes the proof for one call (RFC 9449 §4.2).
    pub(crate) fn proof(&self, nonce: Option<&str>) -> String {
        let mut claims = json!({
            "jti": random_token(), "htm": "GET", "htu": format!("http://{PROVEN}/accounts"),
            "iat": self.clock.now_s(), "ath": self.ath,
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        encode(&self.header, &claims, &self.key).expect("a P-256 key signs")
    }
}
