//! A signed statement of the provider, checked before any of its claims is read.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;

/// Why a token was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("the token is not a compact JWS")]
    Malformed,
    #[error("the token is of the type {0:?}")]
    Type(String),
    #[error("the token is signed with {0:?}, which is not an asymmetric algorithm that is taken here")]
    Algorithm(String),
    #[error("the token demands the extension {0}, which is not understood here")]
    Critical(String),
    #[error("no key of the provider is called {0:?}")]
    UnknownKey(String),
    #[error("the token's signature is wrong")]
    Signature,
}

/// Checks form, type, algorithm and signature, and returns the claims.
///
/// `types` are the values of `typ` that are taken, in lower case; `None` stands for a header without one.
///
/// Source: RFC 7515 §5.2, RFC 8725 §3.1 and §3.11.
///
/// # Errors
///
/// [`Rejected`] names the first check that failed.
pub(crate) fn check(token: &str, keys: &JwkSet, types: &[Option<&str>]) -> Result<Value, Rejected> {
    if token.len() > LONGEST {
        return Err(Rejected::Malformed);
    }
    let raw = raw_header(token).ok_or(Rejected::Malformed)?;
    // jsonwebtoken ignores `crit`, and does not compare `typ`.
    if let Some(critical) = raw.get("crit") {
        return Err(Rejected::Critical(critical.to_string()));
    }
    let typ = raw.get("typ").map(|typ| typ.as_str().unwrap_or_default().to_ascii_lowercase());
    if !types.contains(&typ.as_deref()) {
        return Err(Rejected::Type(typ.unwrap_or_default()));
    }
    let named = raw["alg"].as_str().unwrap_or_default().to_owned();
    let header = decode_header(token).map_err(|_| Rejected::Algorithm(named.clone()))?;
    let taken = [Algorithm::ES256, Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA];
    if !taken.contains(&header.alg) {
        return Err(Rejected::Algorithm(named));
    }
    let kid = header.kid.unwrap_or_default();
    let jwk = keys.find(&kid).ok_or(Rejected::UnknownKey(kid))?;
    let key = DecodingKey::from_jwk(jwk).map_err(|_| Rejected::Signature)?;
    let mut validation = Validation::new(header.alg);
    // Times, issuer and audience are checked by our own clock and configuration.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode::<Value>(token, &key, &validation).map(|data| data.claims).map_err(|_| Rejected::Signature)
}

fn raw_header(token: &str) -> Option<Value> {
    use base64::Engine as _;
    let (header, _) = token.split_once('.')?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).ok()?;
    serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
}
