//! Sessions on the server, keyed by the hash of their id, so that a copy of the store opens no session.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Session, Tokens};

#[derive(Default)]
pub(super) struct Memory {
    sessions: Mutex<HashMap<[u8; 32], Session>>,
}

impl Memory {
    pub(super) fn insert(&self, id: &str, session: Session) {
        self.lock().insert(hosting::sha256(id.as_bytes()), session);
    }

    pub(super) fn get(&self, id: &str) -> Option<Session> {
        self.lock().get(&hosting::sha256(id.as_bytes())).cloned()
    }

    /// Returns a live session and notes its use; a dead one is dropped.
    pub(super) fn touch(&self, id: &str, now: u64, lives: impl Fn(&Session) -> bool) -> Option<Session> {
        let key = hosting::sha256(id.as_bytes());
        let mut sessions = self.lock();
        if !lives(sessions.get(&key)?) {
            sessions.retain(|_, session| lives(session));
            return None;
        }
        let session = sessions.get_mut(&key)?;
        session.used_s = now;
        Some(session.clone())
    }

    pub(super) fn renew(&self, id: &str, tokens: Tokens) {
        // A session that was ended while its tokens were refreshed stays ended.
        if let Some(session) = self.lock().get_mut(&hosting::sha256(id.as_bytes())) {
            session.tokens = tokens;
        }
    }

    pub(super) fn remove(&self, id: &str) {
        self.lock().remove(&hosting::sha256(id.as_bytes()));
    }

    pub(super) fn remove_where(&self, condition: impl Fn(&Session) -> bool) -> usize {
        let mut sessions = self.lock();
        let before = sessions.len();
        sessions.retain(|_, session| !condition(session));
        before - sessions.len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
