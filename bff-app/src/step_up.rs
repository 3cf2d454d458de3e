//! A fresh sign-in with a second factor before money moves (RFC 9470).

use http::{HeaderValue, StatusCode};

use crate::Inner;
use crate::problem::Problem;
use crate::session::Session;

/// How the user must have signed in: with a second factor (OpenID Connect Core 1.0 §2, `acr`).
const ACR: &str = "2";
/// How long ago at most, in seconds.
const MAX_AGE_S: u64 = 300;
/// What the page is told to ask for (RFC 9470 §3).
const CHALLENGE: &str = r#"Bearer error="insufficient_user_authentication", acr_values="2", max_age="300""#;

/// Refuses what a session is too weak for, where the settings demand more for it than a session.
///
/// # Errors
///
/// 401 that says how to sign in: the session stays, and the page leads to `/bff/login?acr_values=2&max_age=300`.
pub(crate) fn require(bff: &Inner, session: &Session) -> Result<(), Problem> {
    if !bff.settings.login.step_up.is_on() || is_strong(session, bff.handed.clock.now_s()) {
        return Ok(());
    }
    let detail = "this needs a fresh sign-in with a second factor: go to /bff/login?acr_values=2&max_age=300";
    let challenge = HeaderValue::from_static(CHALLENGE);
    Err(Problem::fixed(StatusCode::UNAUTHORIZED, detail).challenging(challenge))
}

fn is_strong(session: &Session, now_s: u64) -> bool {
    let is_fresh = session.auth_time_s.is_some_and(|since| now_s <= since.saturating_add(MAX_AGE_S));
    session.acr.as_deref() == Some(ACR) && is_fresh
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sample;

    #[test]
    fn the_challenge_says_what_is_checked() {
        assert!(CHALLENGE.contains(&format!("acr_values=\"{ACR}\"")));
        assert!(CHALLENGE.contains(&format!("max_age=\"{MAX_AGE_S}\"")));
    }

    #[test]
    fn a_session_is_strong_by_two_factors_a_short_time_ago() {
        let session = |acr: Option<&str>, auth_time_s| {
            let mut session = sample("alice", None, 1_000);
            (session.acr, session.auth_time_s) = (acr.map(str::to_owned), auth_time_s);
            session
        };
        assert!(is_strong(&session(Some("2"), Some(1_000)), 1_300));
        assert!(!is_strong(&session(Some("2"), Some(1_000)), 1_301), "too long ago");
        assert!(!is_strong(&session(Some("1"), Some(1_000)), 1_000), "one factor");
        assert!(!is_strong(&session(Some("2"), None), 1_000), "nobody knows when");
        assert!(!is_strong(&session(None, Some(1_000)), 1_000), "nobody knows how");
    }
}
