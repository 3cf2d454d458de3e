//! The checks of a logout token, and the memory of those that were seen.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hosting::Clock;
use serde_json::Value;

use crate::id_token::audience;

/// How far the provider's clock may be off, in seconds.
const LEEWAY_S: u64 = 30;
/// How old a token without an expiry may be, in seconds.
const OLDEST_S: u64 = 300;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Why a logout token was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("the logout token's issuer is {0}")]
    Issuer(String),
    #[error("the logout token is for {0}")]
    Audience(String),
    #[error("the logout token carries a nonce")]
    Nonce,
    #[error("the logout token does not carry the logout event")]
    Event,
    #[error("the logout token names neither a session nor a user")]
    Nobody,
    #[error("the logout token has expired, or is too old")]
    Expired,
    #[error("the logout token was issued in the future, or has no time of issue")]
    IssuedAt,
    #[error("the logout token has no jti")]
    NoId,
    #[error("the logout token was seen before")]
    Replayed,
}

/// Whose sessions end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// That of one provider session.
    Session(String),
    /// All of a user.
    User(String),
}

/// Remembers the ids of logout tokens for as long as they could be replayed.
#[derive(Default)]
pub(crate) struct Seen(Mutex<HashMap<String, u64>>);

/// Checks the claims of a logout token whose signature was checked, and returns whose sessions end.
///
/// Source: OpenID Connect Back-Channel Logout 1.0 §2.6.
///
/// # Errors
///
/// [`Rejected`] names the first check that failed; every session must then stay as it is.
pub(crate) fn check(
    claims: &Value,
    issuer: &str,
    client_id: &str,
    clock: &Clock,
    seen: &Seen,
) -> Result<Ended, Rejected> {
    if claims["iss"] != issuer {
        return Err(Rejected::Issuer(claims["iss"].to_string()));
    }
    audience(&claims["aud"], client_id).map_err(Rejected::Audience)?;
    if claims.get("nonce").is_some() {
        return Err(Rejected::Nonce);
    }
    if !claims["events"][EVENT].is_object() {
        return Err(Rejected::Event);
    }
    let now = clock.now_s();
    let iat = claims["iat"].as_u64().filter(|iat| *iat <= now + LEEWAY_S).ok_or(Rejected::IssuedAt)?;
    let exp = match claims.get("exp") {
        Some(exp) => exp.as_u64().ok_or(Rejected::Expired)?,
        None => iat.saturating_add(OLDEST_S),
    };
    if exp.saturating_add(LEEWAY_S) <= now || iat.saturating_add(OLDEST_S + LEEWAY_S) <= now {
        return Err(Rejected::Expired);
    }
    let ended = match (claims["sid"].as_str(), claims["sub"].as_str()) {
        (Some(sid), _) if !sid.is_empty() => Ended::Session(sid.to_owned()),
        (_, Some(sub)) if !sub.is_empty() => Ended::User(sub.to_owned()),
        _ => return Err(Rejected::Nobody),
    };
    let jti = claims["jti"].as_str().filter(|jti| !jti.is_empty()).ok_or(Rejected::NoId)?;
    let mut seen = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
    seen.retain(|_, until| *until > now);
    let until = exp.min(now + OLDEST_S).saturating_add(2 * LEEWAY_S);
    if seen.insert(jti.to_owned(), until).is_some() { Err(Rejected::Replayed) } else { Ok(ended) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(seen: &Seen, change: impl Fn(&mut Value)) -> Result<Ended, Rejected> {
        let clock = Clock::system();
        let now = clock.now_s();
        let mut claims = json!({
            "iss": "https://i", "aud": "c", "sub": "s", "sid": "x", "iat": now, "exp": now + 120, "jti": "j", "events": { EVENT: {} },
        });
        change(&mut claims);
        check(&claims, "https://i", "c", &clock, seen)
    }

    fn fresh(change: impl Fn(&mut Value)) -> Result<Ended, Rejected> {
        outcome(&Seen::default(), change)
    }

    fn without(name: &'static str) -> impl Fn(&mut Value) {
        move |claims| {
            claims.as_object_mut().unwrap().remove(name);
        }
    }

    #[test]
    fn names_the_session_or_else_the_user() {
        assert_eq!(fresh(|_| {}), Ok(Ended::Session("x".to_owned())));
        assert_eq!(fresh(without("sid")), Ok(Ended::User("s".to_owned())));
    }

    #[test]
    fn refuses_each_wrong_claim_by_name() {
        assert!(matches!(fresh(|claims| claims["iss"] = json!("https://j")), Err(Rejected::Issuer(_))));
        assert!(matches!(fresh(|claims| claims["aud"] = json!(["d"])), Err(Rejected::Audience(_))));
        assert_eq!(fresh(|claims| claims["nonce"] = json!("n")), Err(Rejected::Nonce));
        assert_eq!(fresh(without("events")), Err(Rejected::Event));
        assert_eq!(fresh(|claims| claims["events"] = json!([EVENT])), Err(Rejected::Event));
        assert_eq!(fresh(without("iat")), Err(Rejected::IssuedAt));
        assert_eq!(fresh(|claims| claims["exp"] = json!(1)), Err(Rejected::Expired));
        assert_eq!(fresh(|claims| claims["exp"] = json!("soon")), Err(Rejected::Expired));
        assert_eq!(fresh(without("jti")), Err(Rejected::NoId));
        assert_eq!(fresh(|claims| (claims["sid"], claims["sub"]) = (json!(""), json!(7))), Err(Rejected::Nobody));
    }

    #[test]
    fn refuses_a_token_that_comes_again() {
        let seen = Seen::default();
        assert!(outcome(&seen, |_| {}).is_ok());
        assert_eq!(outcome(&seen, |_| {}), Err(Rejected::Replayed));
    }
}
