//! `private_key_jwt`: a JWT that the client's key signed (RFC 7523 §2.2 and §3, OpenID Connect Core 1.0 §9).

use serde_json::Value;

use super::invalid_client;
use crate::clients::Client;
use crate::dpop;
use crate::issuer::Issuer;
use crate::jose::{self, Unverified};
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;

/// The only type of assertion (RFC 7523 §2.2).
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An assertion that lives longer is refused, because its `jti` must be remembered as long, in seconds.
const LONGEST_LIFE_S: u64 = 3_600;

/// Checks that the parameter beside the assertion says what it is.
pub(super) fn check_type(parameters: &Parameters) -> Result<(), OAuthError> {
    match parameters.require("client_assertion_type")? {
        TYPE => Ok(()),
        other => {
            let reason = format!("the client_assertion_type {other} is not supported: use {TYPE}");
            Err(OAuthError::new(Code::InvalidRequest, reason))
        }
    }
}

/// Returns whom an assertion names, unverified.
pub(super) fn claimed(jwt: &str) -> Result<String, OAuthError> {
    let jwt = jose::read(jwt).map_err(|rejected| refuse(&rejected.to_string()))?;
    jwt.text("sub").map(str::to_owned).ok_or_else(|| refuse("its sub is missing"))
}

/// Checks an assertion.
pub(super) fn check(issuer: &Issuer, client: &Client, jwt: &str, path: &str) -> Result<(), OAuthError> {
    let jwt = jose::read(jwt).map_err(|rejected| refuse(&rejected.to_string()))?;
    dpop::check_algorithm(issuer, &jwt).map_err(|rejected| refuse(&rejected.to_string()))?;
    verify(client, &jwt)?;
    // RFC 7523 §3, in its order.
    if jwt.text("iss") != Some(&client.id) || jwt.text("sub") != Some(&client.id) {
        return Err(refuse("its iss and sub are not the client_id"));
    }
    if !is_for(issuer, &jwt, path) {
        return Err(refuse(&format!("its aud is not {}", issuer.config.issuer)));
    }
    let (now_s, leeway_s) = (issuer.now_s(), issuer.settings.proof_age_s);
    let expires_s = jwt.seconds("exp").ok_or_else(|| refuse("its exp is missing"))?;
    if expires_s <= now_s {
        return Err(refuse(&format!("it expired {} s ago", now_s - expires_s)));
    }
    if expires_s > now_s.saturating_add(LONGEST_LIFE_S) {
        return Err(refuse(&format!("it lives longer than {LONGEST_LIFE_S} s")));
    }
    let begins_s = jwt.seconds("nbf").or_else(|| jwt.seconds("iat")).unwrap_or_default();
    if begins_s > now_s.saturating_add(leeway_s) {
        return Err(refuse("it is not valid yet"));
    }
    let jti = jwt.text("jti").filter(|jti| !jti.is_empty() && jti.len() <= 256);
    let jti = jti.ok_or_else(|| refuse("its jti is missing or longer than 256 bytes"))?;
    if issuer.seen.insert_new(&format!("assertion {} {jti}", client.id), expires_s, ()) {
        Ok(())
    } else {
        Err(refuse("it was used before"))
    }
}

fn verify(client: &Client, jwt: &Unverified<'_>) -> Result<(), OAuthError> {
    let keys = client.jwks.as_ref().and_then(|jwks| jwks["keys"].as_array()).map(Vec::as_slice).unwrap_or_default();
    let kid = jwt.header_text("kid");
    let fits = |key: &&Value| kid.is_none() || key["kid"].as_str() == kid;
    if keys.iter().filter(fits).any(|key| jwt.verify(key).is_ok()) {
        return Ok(());
    }
    Err(refuse("no registered key has signed it"))
}

/// The issuer identifier, or the endpoint, which older clients name; FAPI 2.0 §5.3.2.1 takes the issuer alone.
fn is_for(issuer: &Issuer, jwt: &Unverified<'_>, path: &str) -> bool {
    let origin = issuer.config.issuer.as_str();
    let is_ours = |audience: &str| {
        audience == origin
            || (!issuer.settings.fapi.is_on()
                && (audience == format!("{origin}{path}") || audience == format!("{origin}/token")))
    };
    match jwt.claims.get("aud") {
        Some(Value::String(audience)) => is_ours(audience),
        Some(Value::Array(audiences)) if !issuer.settings.fapi.is_on() => {
            audiences.iter().filter_map(Value::as_str).any(is_ours)
        }
        _ => false,
    }
}

fn refuse(why: &str) -> OAuthError {
    invalid_client(&format!("the client assertion was refused: {why}"))
}
