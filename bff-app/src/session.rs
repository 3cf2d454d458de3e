//! Sessions: what one holds, how long it lasts, and the places where it can live.

pub(crate) mod cookie;
mod embedded;
mod lives;
mod memory;
mod redis;
mod sealed_cookie;
mod sessions;
mod store;

#[cfg(test)]
pub(crate) mod battery;

use std::sync::Arc;

use http::HeaderValue;
use serde::{Deserialize, Serialize};

pub(crate) use sessions::Sessions;

/// A user's session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) sub: String,
    pub(crate) username: String,
    pub(crate) name: String,
    /// The provider's `sid`, by which back-channel logout finds it.
    #[serde(default)]
    pub(crate) sid: Option<String>,
    /// How the user was signed in, as the ID token says it (OpenID Connect Core 1.0 §2, `acr`).
    #[serde(default)]
    pub(crate) acr: Option<String>,
    /// When the user was signed in at the provider, in seconds since 1970 (OpenID Connect Core 1.0 §2, `auth_time`).
    #[serde(default)]
    pub(crate) auth_time_s: Option<u64>,
    /// What was granted.
    #[serde(default)]
    pub(crate) scope: String,
    /// The browser as it called itself, for the user's own list of sessions; at most 200 characters.
    #[serde(default)]
    pub(crate) user_agent: Option<String>,
    pub(crate) tokens: Tokens,
    /// When it began, in seconds since 1970.
    pub(crate) began_s: u64,
    /// When it was last used, as far as it was written down: [`Found::used_s`] is the moment that counts.
    pub(crate) used_s: u64,
}

/// The tokens, which never leave the server unless a switch hands them out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) access_expires_s: u64,
    #[serde(default)]
    pub(crate) refresh_token: Option<String>,
    /// When the refresh token ends, where the provider says so (`refresh_expires_in`).
    #[serde(default)]
    pub(crate) refresh_expires_s: Option<u64>,
    pub(crate) id_token: String,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹tokens›")
    }
}

/// A session with the key under which it can be changed and ended.
#[derive(Clone)]
pub(crate) struct Found {
    /// Stays the same for as long as the session lives, wherever it lives.
    pub(crate) key: String,
    pub(crate) session: Arc<Session>,
    /// When it was last used, this request included where it counts as use.
    pub(crate) used_s: u64,
    /// What the response must set where the session lives in the cookie.
    pub(crate) set_cookie: Option<HeaderValue>,
}

/// A session with new tokens.
pub(crate) struct Renewed {
    pub(crate) session: Arc<Session>,
    /// What the response must set where the session lives in the cookie.
    pub(crate) set_cookie: Option<HeaderValue>,
}

/// One of a user's own sessions, as the user sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Names it, and opens nothing: the beginning of a digest.
    pub(crate) id: String,
    pub(crate) began_s: u64,
    pub(crate) used_s: u64,
    pub(crate) user_agent: Option<String>,
}

#[cfg(test)]
pub(crate) fn sample(sub: &str, sid: Option<&str>, now: u64) -> Session {
    Session {
        sub: sub.to_owned(),
        username: sub.to_owned(),
        name: sub.to_owned(),
        sid: sid.map(str::to_owned),
        acr: None,
        auth_time_s: None,
        scope: "openid".to_owned(),
        user_agent: None,
        tokens: Tokens {
            access_token: "access".to_owned(),
            access_expires_s: now + 300,
            refresh_token: Some("refresh".to_owned()),
            refresh_expires_s: None,
            id_token: "id".to_owned(),
        },
        began_s: now,
        used_s: now,
    }
}
