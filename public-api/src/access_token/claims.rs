//! What an introspection answer must say for a call to pass.

use hosting::Clock;
use serde::Deserialize;

use super::{Caller, Refused, SCOPE};
use crate::Config;
use crate::settings::Settings;

/// An introspection response (RFC 7662 §2.2).
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Claims {
    pub(super) active: bool,
    iss: Option<String>,
    sub: Option<String>,
    username: Option<String>,
    aud: Option<Audience>,
    scope: Option<String>,
    token_type: Option<String>,
    exp: Option<u64>,
    nbf: Option<u64>,
    cnf: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

/// Checks what the issuer said of a token, and returns on whose behalf the call is made.
///
/// Source: RFC 7662 §2.2 and §4.
pub(super) fn check(claims: &Claims, config: &Config, settings: &Settings, clock: &Clock) -> Result<Caller, Refused> {
    if !claims.active {
        return Err(Refused::InvalidToken("the access token is not active"));
    }
    check_time(claims, clock)?;
    check_kind(claims)?;
    if settings.iss.is_on() && claims.iss.as_deref() != Some(config.issuer.as_str()) {
        return Err(Refused::InvalidToken("the access token is of another issuer"));
    }
    // RFC 9700 §2.3: a token without an audience is meant for everybody, so it is refused like one for somebody else.
    if settings.aud.is_on() && !claims.aud.as_ref().is_some_and(|aud| aud.names(&config.audience)) {
        return Err(Refused::InvalidToken("the access token is meant for another audience"));
    }
    let granted = claims.scope.as_deref().unwrap_or_default();
    if settings.scope.is_on() && !granted.split(' ').any(|scope| scope == SCOPE) {
        return Err(Refused::InsufficientScope);
    }
    let user = claims.username.as_ref().or(claims.sub.as_ref());
    user.cloned().map(Caller).ok_or(Refused::InvalidToken("the access token belongs to no user"))
}

/// Compares with our own clock, because a kept answer can be older than the token's end (RFC 7662 §4).
fn check_time(claims: &Claims, clock: &Clock) -> Result<(), Refused> {
    let now = clock.now_s();
    if claims.exp.is_some_and(|exp| exp <= now) {
        return Err(Refused::InvalidToken("the access token has expired"));
    }
    if claims.nbf.is_some_and(|nbf| nbf > now) {
        return Err(Refused::InvalidToken("the access token is not valid yet"));
    }
    Ok(())
}

fn check_kind(claims: &Claims) -> Result<(), Refused> {
    if claims.token_type.as_ref().is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(Refused::InvalidToken("the access token is no bearer token"));
    }
    // RFC 7800 §3.1, RFC 9449 §7.2: taken as a bearer token, a bound token loses what it is bound for.
    if claims.cnf.is_some() {
        return Err(Refused::InvalidToken("the access token is bound to a key, and no proof was sent"));
    }
    Ok(())
}
