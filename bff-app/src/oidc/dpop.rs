//! Proofs of possession, so that a copied token is worth nothing without the BFF's key (RFC 9449).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hosting::{base64url, random_token, sha256};
use reqwest::header::HeaderMap;
use serde_json::json;
use url::Url;

use super::Oidc;
use super::signing_key::SigningKey;
use crate::cannot_start::CannotStart;

/// The header that carries a proof.
pub(super) const HEADER: &str = "dpop";
/// The header that carries the nonce of the next proof (RFC 9449 §8).
pub(super) const NONCE: &str = "dpop-nonce";

/// The longest nonce that is kept, in bytes.
const LONGEST_NONCE: usize = 1_024;
/// So many servers' nonces are kept.
const MOST_NONCES: usize = 64;

/// The key, and the nonces that servers want to see.
pub(super) struct Dpop {
    key: Arc<SigningKey>,
    /// By origin.
    nonces: Mutex<HashMap<String, String>>,
}

impl Dpop {
    /// Takes the client's key.
    ///
    /// # Errors
    ///
    /// [`CannotStart::Credential`] when there is none.
    pub(super) fn new(key: Option<Arc<SigningKey>>) -> Result<Self, CannotStart> {
        let key = key.ok_or(CannotStart::Credential("token.dpop = on needs a key"))?;
        Ok(Self { key, nonces: Mutex::default() })
    }

    /// Makes a proof (RFC 9449 §4.2).
    fn proof(&self, method: &str, url: &str, access_token: Option<&str>, nonce: Option<&str>, now_s: u64) -> String {
        let (htu, origin) = address(url);
        let mut claims = json!({ "jti": random_token(), "htm": method, "htu": htu, "iat": now_s });
        if let Some(token) = access_token {
            claims["ath"] = json!(base64url(&sha256(token.as_bytes())));
        }
        if let Some(nonce) = nonce.map(str::to_owned).or_else(|| self.nonce_of(&origin)) {
            claims["nonce"] = json!(nonce);
        }
        self.key.sign(&json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.jwk() }), &claims)
    }

    fn nonce_of(&self, origin: &str) -> Option<String> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner).get(origin).cloned()
    }

    fn remember(&self, url: &str, nonce: &str) {
        if nonce.is_empty() || nonce.len() > LONGEST_NONCE {
            return;
        }
        let (_, origin) = address(url);
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        if nonces.len() >= MOST_NONCES && !nonces.contains_key(&origin) {
            // A server whose nonce is forgotten names it again.
            nonces.clear();
        }
        nonces.insert(origin, nonce.to_owned());
    }
}

/// Returns an address without query and fragment, as a proof names it, and its origin.
fn address(url: &str) -> (String, String) {
    let Ok(mut url) = Url::parse(url) else { return (url.to_owned(), String::new()) };
    url.set_query(None);
    url.set_fragment(None);
    let origin = url.origin().ascii_serialization();
    (url.into(), origin)
}

impl Oidc {
    /// Makes the proof for one request, unless tokens are not bound to a key.
    ///
    /// `access_token` is the token that the request carries. Without a `nonce`, the one that this server named last is
    /// repeated (RFC 9449 §8.2).
    pub(crate) fn dpop_proof(
        &self,
        method: &str,
        url: &str,
        access_token: Option<&str>,
        nonce: Option<&str>,
    ) -> Option<String> {
        let now_s = self.handed.clock.now_s();
        self.dpop.as_ref().map(|dpop| dpop.proof(method, url, access_token, nonce, now_s))
    }

    /// Keeps the nonce that an answer from this address names for the next proof, and tells whether it names one.
    pub(crate) fn remember_nonce(&self, url: &str, headers: &HeaderMap) -> bool {
        let nonce = headers.get(NONCE).and_then(|value| value.to_str().ok());
        if let (Some(dpop), Some(nonce)) = (&self.dpop, nonce) {
            dpop.remember(url, nonce);
        }
        self.dpop.is_some() && nonce.is_some()
    }

    /// Returns the thumbprint of the key to which codes and tokens are bound (RFC 9449 §10).
    pub(super) fn dpop_jkt(&self) -> Option<&str> {
        self.dpop.as_ref().map(|dpop| dpop.key.thumbprint())
    }
}

#[cfg(test)]
mod tests {
    use hosting::ClientKey;
    use jsonwebtoken::Algorithm;
    use jsonwebtoken::jwk::JwkSet;
    use serde_json::Value;

    use super::*;
    use crate::jws;

    fn dpop() -> Dpop {
        Dpop::new(Some(Arc::new(SigningKey::from_pem(&ClientKey::generate().pem).unwrap()))).ok().unwrap()
    }

    fn claims(dpop: &Dpop, proof: &str) -> Value {
        let keys: JwkSet = serde_json::from_value(json!({ "keys": [dpop.key.jwk()] })).unwrap();
        jws::check(proof, &keys, &[Some("dpop+jwt")], &[Algorithm::ES256]).unwrap()
    }

    #[test]
    fn a_proof_names_the_request_and_nothing_of_its_query() {
        let dpop = dpop();
        let proof = dpop.proof("GET", "https://api.test/orders?a=b#c", None, None, 7);
        let claims = claims(&dpop, &proof);
        assert_eq!(claims["htu"], "https://api.test/orders");
        assert_eq!((claims["htm"].as_str(), claims["iat"].as_u64()), (Some("GET"), Some(7)));
        assert!(claims.get("ath").is_none() && claims.get("nonce").is_none());
    }

    #[test]
    fn a_proof_is_for_one_token_and_never_the_same_twice() {
        let dpop = dpop();
        let proof = || claims(&dpop, &dpop.proof("GET", "https://api.test/", Some("token"), Some("n"), 7));
        // RFC 9449 §4.2: base64url of the SHA-256 of the token.
        assert_eq!(proof()["ath"], base64url(&sha256(b"token")));
        assert_eq!(proof()["nonce"], "n");
        assert_ne!(proof()["jti"], proof()["jti"]);
    }

    #[test]
    fn a_nonce_is_repeated_to_the_server_that_named_it() {
        let dpop = dpop();
        dpop.remember("https://idp.test/token", "one");
        let nonce = |url: &str| claims(&dpop, &dpop.proof("POST", url, None, None, 7))["nonce"].clone();
        assert_eq!(nonce("https://idp.test/par"), "one");
        assert_eq!(nonce("https://api.test/"), Value::Null);
        dpop.remember("https://idp.test/token", &"x".repeat(2_000));
        dpop.remember("https://idp.test/token", "");
        assert_eq!(nonce("https://idp.test/par"), "one");
    }

    #[test]
    fn nonces_do_not_pile_up() {
        let dpop = dpop();
        for n in 0..1_000 {
            dpop.remember(&format!("https://api{n}.test/"), "nonce");
        }
        assert!(dpop.nonces.lock().unwrap().len() <= MOST_NONCES);
    }
}
