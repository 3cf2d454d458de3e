//! What an administrator can do beside the protocol.

use crate::issuer::Shared;
use crate::logout::{self, Notified};

/// How many things the provider remembers at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Sessions of users.
    pub sessions: usize,
    /// Authorization requests that wait for a password.
    pub pending: usize,
    /// Codes, used ones included.
    pub codes: usize,
    /// Access tokens.
    pub access_tokens: usize,
    /// Refresh tokens, replaced ones included.
    pub refresh_tokens: usize,
}

/// A handle on a running provider; clones share it.
#[derive(Clone)]
pub struct Control {
    issuer: Shared,
}

impl Control {
    pub(crate) fn new(issuer: Shared) -> Self {
        Self { issuer }
    }

    /// Ends every session of a user, and returns when every application of them has been told.
    pub async fn end_session_of(&self, username: &str) -> Vec<Notified> {
        let mut notified = Vec::new();
        for session in self.issuer.sessions.values().into_iter().filter(|session| session.username == username) {
            notified.extend(logout::end_session(&self.issuer, &session.sid).await);
        }
        notified
    }

    /// Counts what has not expired, and drops what has.
    pub fn counts(&self) -> Counts {
        Counts {
            sessions: self.issuer.sessions.len(),
            pending: self.issuer.pending.len(),
            codes: self.issuer.codes.len(),
            access_tokens: self.issuer.access_tokens.len(),
            refresh_tokens: self.issuer.refresh_tokens.len(),
        }
    }
}
