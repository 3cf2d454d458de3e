//! The life of a session, and where it is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Hardening, Switch};

/// Where sessions live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionStore {
    /// On the server, in memory; the cookie carries an opaque id.
    #[default]
    Memory,
    /// On the server, in a database inside the process that survives its end.
    Embedded,
    /// In Redis, for several replicas.
    Redis,
    /// Sealed inside the cookie; the server forgets nothing, because it knows nothing.
    SealedCookie,
}

impl SessionStore {
    /// Tells whether the server can end a session by itself.
    pub fn is_on_server(self) -> bool {
        self != Self::SealedCookie
    }
}

/// The life of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// Where sessions live: only one on the server can be ended by the server (RFC 10017 §6.1.2.3).
    pub store: SessionStore,
    /// Gives the session a new id at login, so that no planted id becomes the user's (OWASP ASVS 5.0.0 7.2.4).
    pub rekey: Switch,
    /// How many seconds a session may go unused (OWASP ASVS 5.0.0 7.3.1).
    pub idle_s: u64,
    /// How many seconds a session may last in all (OWASP ASVS 5.0.0 7.3.2).
    pub absolute_s: u64,
    /// Ends the session with its refresh token, lest somebody look signed in whose calls all fail (RFC 10017 §6.1.2.2).
    pub rt_align: Switch,
    /// Remembers ended sealed cookies on the server, so that a copy of one is refused after sign-out
    /// (OWASP ASVS 5.0.0 7.4.1).
    pub revocation_list: Hardening,
    /// How many seconds a session read from Redis is kept beside it; another replica's sign-out takes as long to arrive
    /// (OWASP ASVS 5.0.0 7.4.1).
    pub cache_s: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            store: SessionStore::Memory,
            rekey: Switch::On,
            idle_s: 1800,
            absolute_s: 8 * 3600,
            rt_align: Switch::On,
            revocation_list: Hardening::Off,
            cache_s: 0,
        }
    }
}
