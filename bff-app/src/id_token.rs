//! The checks of an ID token (OpenID Connect Core 1.0 §3.1.3.7).

use hosting::Clock;
use serde_json::Value;

/// How far the provider's clock may be off, in seconds.
const LEEWAY_S: u64 = 30;

/// What an ID token must say.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    /// The nonce of the transaction; nothing where it is not compared.
    pub(crate) nonce: Option<&'a str>,
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
    if claims["exp"].as_u64().is_none_or(|exp| exp.saturating_add(LEEWAY_S) <= now) {
        return Err(Rejected::Expired);
    }
    if claims["iat"].as_u64().is_none_or(|iat| iat > now + LEEWAY_S) {
        return Err(Rejected::IssuedAt);
    }
    if let Some(nonce) = expected.nonce
        && claims["nonce"] != nonce
    {
        return Err(Rejected::Nonce);
    }
    if claims["sub"].as_str().is_none_or(str::is_empty) {
        return Err(Rejected::Subject);
    }
    Ok(())
}

/// Tells whether an audience, one or several, names the client.
pub(crate) fn audience(aud: &Value, client_id: &str) -> Result<(), String> {
    let names = aud == client_id || aud.as_array().is_some_and(|all| all.iter().any(|one| one == client_id));
    if names { Ok(()) } else { Err(aud.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(change: impl Fn(&mut Value)) -> Result<(), Rejected> {
        let clock = Clock::system();
        let now = clock.now_s();
        let mut claims =
            json!({ "iss": "https://i", "aud": "c", "sub": "s", "exp": now + 60, "iat": now, "nonce": "n" });
        change(&mut claims);
        check(&claims, &Expected { issuer: "https://i", client_id: "c", nonce: Some("n") }, &clock)
    }

    #[test]
    fn takes_what_is_right() {
        assert_eq!(outcome(|_| {}), Ok(()));
        assert_eq!(outcome(|claims| claims["aud"] = json!(["c"])), Ok(()));
        assert_eq!(outcome(|claims| claims["aud"] = json!(["c", "d"])), Err(Rejected::AuthorizedParty("null".into())));
    }

    #[test]
    fn refuses_each_wrong_claim_by_name() {
        assert!(matches!(outcome(|claims| claims["iss"] = json!("https://j")), Err(Rejected::Issuer(_))));
        assert!(matches!(outcome(|claims| claims["aud"] = json!("d")), Err(Rejected::Audience(_))));
        assert!(matches!(outcome(|claims| claims["azp"] = json!("d")), Err(Rejected::AuthorizedParty(_))));
        assert_eq!(outcome(|claims| claims["exp"] = json!(1)), Err(Rejected::Expired));
        assert_eq!(outcome(|claims| claims["exp"] = json!(1e300)), Err(Rejected::Expired));
        assert_eq!(outcome(|claims| claims["iat"] = json!(u64::MAX)), Err(Rejected::IssuedAt));
        assert_eq!(outcome(|claims| claims["nonce"] = json!("other")), Err(Rejected::Nonce));
        assert_eq!(outcome(|claims| claims["sub"] = json!(["s"])), Err(Rejected::Subject));
    }
}
