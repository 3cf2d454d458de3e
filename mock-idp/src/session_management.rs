//! How an application sees that the session has changed, without asking (OpenID Connect Session Management 1.0).

use url::Url;

/// Returns the `session_state` that goes with a code.
///
/// Source: OpenID Connect Session Management 1.0 §3.1: a salted digest of client, origin and browser state.
pub(crate) fn session_state(client_id: &str, redirect_uri: &str, browser_state: &str) -> Option<String> {
    let origin = Url::parse(redirect_uri).ok()?.origin();
    let salt = &hosting::random_token()[..16];
    Some(digest(client_id, &origin.ascii_serialization(), browser_state, salt))
}

fn digest(client_id: &str, origin: &str, browser_state: &str, salt: &str) -> String {
    let digest = hosting::sha256(format!("{client_id} {origin} {browser_state} {salt}").as_bytes());
    format!("{}.{salt}", hosting::base64url(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_changes_with_everything_that_it_stands_for() {
        let known = digest("app", "https://app.test", "state", "salt");
        assert_eq!(known, digest("app", "https://app.test", "state", "salt"));
        assert_eq!(known.split_once('.').map(|(_, salt)| salt), Some("salt"));
        for other in [
            digest("ap2", "https://app.test", "state", "salt"),
            digest("app", "https://ap2.test", "state", "salt"),
            digest("app", "https://app.test", "other", "salt"),
        ] {
            assert_ne!(known, other);
        }
    }
}
