//! What a logout token must say before anything ends (OpenID Connect Back-Channel Logout 1.0 §2.4 and §2.6).
//!
//! Type, algorithm and signature are checked before: see [`TYPES`] and `jws`.

use serde_json::Value;

use crate::id_token::audience;

/// The types of a logout token; an ID token is signed by the same key, and only the type keeps it from being taken
/// (RFC 8725 §3.11). The prefix may be left out (RFC 7515 §4.1.9).
pub(crate) const TYPES: [Option<&str>; 2] = [Some("logout+jwt"), Some("application/logout+jwt")];

/// How far the provider's clock may be off, in seconds.
const LEEWAY_S: u64 = 30;
/// How old a token may be, in seconds, whatever its own expiry says: providers are asked for two minutes at most (§4).
const OLDEST_S: u64 = 300;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Why a logout token was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("the logout token's issuer is {0}")]
    Issuer(String),
    #[error("the logout token is for {0}")]
    Audience(String),
    #[error("the logout token was issued in the future, or has no time of issue")]
    IssuedAt,
    #[error("the logout token has expired, is too old, or has no expiry")]
    Expired,
    #[error("the logout token names neither a session nor a user")]
    Nobody,
    #[error("the logout token names a session or a user by what is no name")]
    NoName,
    #[error("the logout token does not carry the logout event")]
    Event,
    #[error("the logout token carries a nonce")]
    Nonce,
    #[error("the logout token has no jti")]
    NoId,
}

/// Whose sessions end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Those of one session at the provider; where a user is named, of this user alone.
    Session { sid: String, sub: Option<String> },
    /// All of a user.
    User(String),
}

/// What a logout token asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) ended: Ended,
    /// The token's own name; a token that was not checked can be without one.
    pub(crate) jti: Option<String>,
    /// How long the token would still be taken, in seconds.
    pub(crate) good_for_s: u64,
}

/// Checks the claims of a logout token whose signature was checked, and returns what it asks for.
///
/// # Errors
///
/// [`Rejected`] names the first check that failed; every session must then stay as it is.
pub(crate) fn check(claims: &Value, issuer: &str, client_id: &str, now_s: u64) -> Result<Order, Rejected> {
    if claims["iss"] != issuer {
        return Err(Rejected::Issuer(claims["iss"].to_string()));
    }
    audience(&claims["aud"], client_id).map_err(Rejected::Audience)?;
    let ends_s = ends(claims, now_s)?;
    let ended = ended(claims)?;
    if !claims["events"][EVENT].is_object() {
        return Err(Rejected::Event);
    }
    if claims.get("nonce").is_some() {
        return Err(Rejected::Nonce);
    }
    let jti = name(claims, "jti").ok().flatten().ok_or(Rejected::NoId)?;
    Ok(Order { ended, jti: Some(jti), good_for_s: ends_s - now_s })
}

/// The weak variant: whatever the provider signed is an order, as long as it names somebody.
///
/// # Errors
///
/// When it names nobody.
pub(crate) fn believe(claims: &Value) -> Result<Order, Rejected> {
    let jti = name(claims, "jti").ok().flatten();
    Ok(Order { ended: ended(claims)?, jti, good_for_s: OLDEST_S })
}

/// Returns the second from which the token is no longer taken.
fn ends(claims: &Value, now_s: u64) -> Result<u64, Rejected> {
    let issued_s = claims["iat"].as_u64().filter(|issued_s| *issued_s <= now_s + LEEWAY_S).ok_or(Rejected::IssuedAt)?;
    let expires_s = claims["exp"].as_u64().ok_or(Rejected::Expired)?;
    let ends_s = expires_s.min(issued_s.saturating_add(OLDEST_S)).saturating_add(LEEWAY_S);
    if ends_s <= now_s { Err(Rejected::Expired) } else { Ok(ends_s) }
}

/// A name that is there but is none must not widen the order: an odd `sid` beside a `sub` would end all of a user.
fn ended(claims: &Value) -> Result<Ended, Rejected> {
    match (name(claims, "sid")?, name(claims, "sub")?) {
        (Some(sid), sub) => Ok(Ended::Session { sid, sub }),
        (None, Some(sub)) => Ok(Ended::User(sub)),
        (None, None) => Err(Rejected::Nobody),
    }
}

fn name(claims: &Value, claim: &str) -> Result<Option<String>, Rejected> {
    match claims.get(claim) {
        None => Ok(None),
        Some(Value::String(name)) if !name.is_empty() => Ok(Some(name.clone())),
        Some(_) => Err(Rejected::NoName),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: u64 = 1_800_000_000;

    fn claims() -> Value {
        json!({
            "iss": "https://i", "aud": "c", "sub": "s", "sid": "x", "iat": NOW, "exp": NOW + 120, "jti": "j",
            "events": { EVENT: {} },
        })
    }

    fn with(change: impl Fn(&mut Value)) -> Result<Order, Rejected> {
        let mut claims = claims();
        change(&mut claims);
        check(&claims, "https://i", "c", NOW)
    }

    fn without(name: &str) -> Result<Order, Rejected> {
        with(|claims| drop(claims.as_object_mut().unwrap().remove(name)))
    }

    fn of_session(sub: Option<&str>) -> Ended {
        Ended::Session { sid: "x".to_owned(), sub: sub.map(str::to_owned) }
    }

    #[test]
    fn names_the_session_with_its_user_or_either_alone() {
        let whole = with(|_| {}).unwrap();
        assert_eq!(whole, Order { ended: of_session(Some("s")), jti: Some("j".to_owned()), good_for_s: 150 });
        assert_eq!(without("sub").unwrap().ended, of_session(None));
        assert_eq!(without("sid").unwrap().ended, Ended::User("s".to_owned()));
        assert!(with(|claims| claims["aud"] = json!(["d", "c"])).is_ok());
    }

    #[test]
    fn refuses_each_wrong_claim_by_name() {
        assert!(matches!(with(|claims| claims["iss"] = json!("https://j")), Err(Rejected::Issuer(_))));
        assert!(matches!(with(|claims| claims["aud"] = json!(["d"])), Err(Rejected::Audience(_))));
        assert!(matches!(without("aud"), Err(Rejected::Audience(_))));
        assert_eq!(with(|claims| claims["nonce"] = json!(null)), Err(Rejected::Nonce));
        assert_eq!(without("events"), Err(Rejected::Event));
        assert_eq!(with(|claims| claims["events"] = json!([EVENT])), Err(Rejected::Event));
        assert_eq!(with(|claims| claims["events"] = json!({ "other": {} })), Err(Rejected::Event));
        assert_eq!(with(|claims| claims["events"][EVENT] = json!("yes")), Err(Rejected::Event));
        assert_eq!(without("jti"), Err(Rejected::NoId));
        assert_eq!(with(|claims| claims["jti"] = json!(7)), Err(Rejected::NoId));
    }

    #[test]
    fn refuses_a_token_outside_its_time() {
        assert_eq!(without("iat"), Err(Rejected::IssuedAt));
        assert_eq!(with(|claims| claims["iat"] = json!(NOW + 31)), Err(Rejected::IssuedAt));
        assert_eq!(without("exp"), Err(Rejected::Expired));
        for exp in [json!(1), json!(NOW - 30), json!("soon"), json!(1e300), json!(-1)] {
            assert_eq!(with(|claims| claims["exp"] = exp.clone()), Err(Rejected::Expired), "{exp}");
        }
        assert!(with(|claims| claims["exp"] = json!(NOW - 29)).is_ok(), "clocks differ");
        let old = |age: u64| with(move |claims| (claims["iat"], claims["exp"]) = (json!(NOW - age), json!(u64::MAX)));
        assert!(old(329).is_ok());
        assert_eq!(old(330), Err(Rejected::Expired), "whatever its own expiry says");
    }

    #[test]
    fn an_odd_name_does_not_widen_the_order() {
        for odd in [json!(""), json!(7), json!(null), json!(["x"]), json!({})] {
            assert_eq!(with(|claims| claims["sid"] = odd.clone()), Err(Rejected::NoName), "{odd}");
            assert_eq!(with(|claims| claims["sub"] = odd.clone()), Err(Rejected::NoName), "{odd}");
        }
        let nobody = with(|claims| {
            let claims = claims.as_object_mut().unwrap();
            claims.retain(|name, _| name != "sid" && name != "sub");
        });
        assert_eq!(nobody, Err(Rejected::Nobody));
    }

    #[test]
    fn the_weak_variant_believes_whatever_names_somebody() {
        let id_token = json!({ "sub": "s", "nonce": "n" });
        assert_eq!(believe(&id_token).unwrap().ended, Ended::User("s".to_owned()));
        assert_eq!(believe(&json!({})), Err(Rejected::Nobody));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_signed_it_never_panics_and_never_outlives_its_age(
            iat in proptest::num::u64::ANY, exp in proptest::num::u64::ANY, sid in ".{0,8}",
        ) {
            let order = with(|claims| {
                (claims["iat"], claims["exp"], claims["sid"]) = (json!(iat), json!(exp), json!(sid));
            });
            if let Ok(order) = order {
                proptest::prop_assert!(order.good_for_s <= OLDEST_S + 2 * LEEWAY_S && !sid.is_empty());
            }
        }
    }
}
