//! The checks of an ID token (OpenID Connect Core 1.0 §3.1.3.7).

use hosting::Clock;
use serde_json::Value;

/// How far the provider's clock may be off, in seconds.
const LEEWAY_S: u64 = 30;
/// The longest subject identifier, in bytes (OpenID Connect Core 1.0 §2).
const LONGEST_SUB: usize = 255;

/// What an ID token must say.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    /// The nonce of the transaction; nothing where it is not compared.
    pub(crate) nonce: Option<&'a str>,
    /// The digest of the access token that came with it.
    pub(crate) at_hash: Option<&'a str>,
    /// How many seconds ago the user may have signed in at most, where that was asked.
    pub(crate) max_age_s: Option<u64>,
    /// The ways of signing in of which one was asked, separated by spaces.
    pub(crate) acr_values: Option<&'a str>,
}

/// Why an ID token was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("the ID token's issuer is {0}")]
    Issuer(String),
    #[error("the ID token is for {0}")]
    Audience(String),
    #[error("the ID token was issued to the party {0}")]
    AuthorizedParty(String),
    #[error("the ID token has expired, or has no expiry")]
    Expired,
    #[error("the ID token was issued in the future, or has no time of issue")]
    IssuedAt,
    #[error("the ID token's nonce is not that of this sign-in")]
    Nonce,
    #[error("the ID token has no subject")]
    Subject,
    #[error("the ID token came with another access token")]
    AccessToken,
    #[error("the ID token's user signed in too long ago, or it does not say when")]
    AuthTime,
    #[error("the ID token's user signed in by {0}, which was not asked")]
    Acr(String),
}

/// Checks the claims of an ID token whose signature was checked.
///
/// # Errors
///
/// [`Rejected`] names the first check that failed.
pub(crate) fn check(claims: &Value, expected: &Expected<'_>, clock: &Clock) -> Result<(), Rejected> {
    if claims["iss"] != expected.issuer {
        return Err(Rejected::Issuer(claims["iss"].to_string()));
    }
    audience(&claims["aud"], expected.client_id).map_err(Rejected::Audience)?;
    if claims.get("azp").is_some_and(|azp| azp != expected.client_id)
        || claims["aud"].as_array().is_some_and(|all| all.len() > 1) && claims.get("azp").is_none()
    {
        return Err(Rejected::AuthorizedParty(claims["azp"].to_string()));
    }
    let now = clock.now_s();
    if seconds(&claims["exp"]).is_none_or(|exp| exp.saturating_add(LEEWAY_S) <= now) {
        return Err(Rejected::Expired);
    }
    if seconds(&claims["iat"]).is_none_or(|iat| iat > now + LEEWAY_S) {
        return Err(Rejected::IssuedAt);
    }
    if let Some(nonce) = expected.nonce
        && claims["nonce"] != nonce
    {
        return Err(Rejected::Nonce);
    }
    if claims["sub"].as_str().is_none_or(|sub| sub.is_empty() || sub.len() > LONGEST_SUB) {
        return Err(Rejected::Subject);
    }
    // §3.1.3.8: optional with a code, but never wrong.
    if claims.get("at_hash").is_some_and(|at_hash| expected.at_hash.is_none_or(|digest| at_hash != digest)) {
        return Err(Rejected::AccessToken);
    }
    asked(claims, expected, now)
}

/// Checks what holds only where it was asked (§3.1.3.7, items 12 and 13).
fn asked(claims: &Value, expected: &Expected<'_>, now: u64) -> Result<(), Rejected> {
    if let Some(max_age_s) = expected.max_age_s {
        let since = seconds(&claims["auth_time"]).filter(|since| *since <= now + LEEWAY_S);
        if since.is_none_or(|since| since.saturating_add(max_age_s).saturating_add(LEEWAY_S) < now) {
            return Err(Rejected::AuthTime);
        }
    }
    if let Some(acr_values) = expected.acr_values
        && !claims["acr"].as_str().is_some_and(|acr| acr_values.split_ascii_whitespace().any(|asked| asked == acr))
    {
        return Err(Rejected::Acr(claims["acr"].to_string()));
    }
    Ok(())
}

/// Tells whether an audience, one or several, names the client.
pub(crate) fn audience(aud: &Value, client_id: &str) -> Result<(), String> {
    let names = aud == client_id || aud.as_array().is_some_and(|all| all.iter().any(|one| one == client_id));
    if names { Ok(()) } else { Err(aud.to_string()) }
}

/// Reads a number of seconds since 1970, whole ones; RFC 7519 §2 allows fractions.
pub(crate) fn seconds(value: &Value) -> Option<u64> {
    let fraction = || value.as_f64().filter(|seconds| (0.0..9e15).contains(seconds));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 2^53")]
    value.as_u64().or_else(|| fraction().map(|seconds| seconds as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const EXPECTED: Expected<'static> = Expected {
        issuer: "https://i",
        client_id: "c",
        nonce: Some("n"),
        at_hash: Some("digest"),
        max_age_s: None,
        acr_values: None,
    };

    fn outcome(change: impl Fn(&mut Value)) -> Result<(), Rejected> {
        outcome_of(&EXPECTED, |claims, _| change(claims))
    }

    fn outcome_of(expected: &Expected<'_>, change: impl Fn(&mut Value, u64)) -> Result<(), Rejected> {
        let clock = Clock::standing();
        let now = clock.now_s();
        let mut claims =
            json!({ "iss": "https://i", "aud": "c", "sub": "s", "exp": now + 60, "iat": now, "nonce": "n" });
        change(&mut claims, now);
        check(&claims, expected, &clock)
    }

    #[test]
    fn takes_what_is_right() {
        assert_eq!(outcome(|_| {}), Ok(()));
        assert_eq!(outcome(|claims| claims["aud"] = json!(["c"])), Ok(()));
        assert_eq!(outcome(|claims| claims["aud"] = json!(["c", "d"])), Err(Rejected::AuthorizedParty("null".into())));
        assert_eq!(outcome(|claims| (claims["aud"], claims["azp"]) = (json!(["c", "d"]), json!("c"))), Ok(()));
        assert_eq!(outcome(|claims| claims["exp"] = json!(4e9)), Ok(()), "a fraction is a number of seconds too");
        assert_eq!(outcome(|claims| claims["at_hash"] = json!("digest")), Ok(()));
    }

    #[test]
    fn refuses_each_wrong_claim_by_name() {
        assert!(matches!(outcome(|claims| claims["iss"] = json!("https://j")), Err(Rejected::Issuer(_))));
        assert!(matches!(outcome(|claims| claims["aud"] = json!("d")), Err(Rejected::Audience(_))));
        assert!(matches!(outcome(|claims| claims["azp"] = json!("d")), Err(Rejected::AuthorizedParty(_))));
        assert_eq!(outcome(|claims| claims["exp"] = json!(1)), Err(Rejected::Expired));
        assert_eq!(outcome(|claims| claims["exp"] = json!(1e300)), Err(Rejected::Expired));
        assert_eq!(outcome(|claims| claims["exp"] = json!("4000000000")), Err(Rejected::Expired));
        assert_eq!(outcome(|claims| claims["iat"] = json!(u64::MAX)), Err(Rejected::IssuedAt));
        assert_eq!(outcome(|claims| claims["nonce"] = json!("other")), Err(Rejected::Nonce));
        assert_eq!(outcome(|claims| claims["sub"] = json!(["s"])), Err(Rejected::Subject));
        assert_eq!(outcome(|claims| claims["sub"] = json!("s".repeat(256))), Err(Rejected::Subject));
        assert_eq!(outcome(|claims| claims["at_hash"] = json!("other")), Err(Rejected::AccessToken));
        assert_eq!(outcome(|claims| claims["at_hash"] = json!(null)), Err(Rejected::AccessToken));
    }

    #[test]
    fn the_time_of_the_sign_in_counts_only_where_it_was_asked() {
        let old = |claims: &mut Value, now: u64| claims["auth_time"] = json!(now - 331);
        assert_eq!(outcome_of(&EXPECTED, old), Ok(()));
        let asked = Expected { max_age_s: Some(300), ..EXPECTED };
        assert_eq!(outcome_of(&asked, old), Err(Rejected::AuthTime));
        assert_eq!(outcome_of(&asked, |claims, now| claims["auth_time"] = json!(now - 300)), Ok(()));
        assert_eq!(outcome_of(&asked, |claims, now| claims["auth_time"] = json!(now + 60)), Err(Rejected::AuthTime));
        assert_eq!(outcome_of(&asked, |_, _| {}), Err(Rejected::AuthTime), "a provider that was asked must say when");
        let huge = Expected { max_age_s: Some(u64::MAX), ..EXPECTED };
        assert_eq!(outcome_of(&huge, old), Ok(()));
    }

    #[test]
    fn the_way_of_the_sign_in_must_be_one_that_was_asked() {
        let asked = Expected { acr_values: Some("2 3"), ..EXPECTED };
        assert_eq!(outcome_of(&asked, |claims, _| claims["acr"] = json!("3")), Ok(()));
        for acr in [json!("1"), json!("2 3"), json!(2), json!(null)] {
            assert!(matches!(outcome_of(&asked, |claims, _| claims["acr"] = acr.clone()), Err(Rejected::Acr(_))));
        }
    }
}
