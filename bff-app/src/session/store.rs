//! What a place on the server must be able to do with sessions.

use std::sync::Arc;

use super::Session;
use crate::storage::{Answer, Key, key};

/// Whether a request counts as use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slide {
    /// It does, and the idle life begins again.
    Yes,
    /// It does not: a page in the background keeps no session alive.
    No,
}

/// A session as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) session: Arc<Session>,
    pub(crate) used_s: u64,
}

impl Kept {
    pub(super) fn new(session: Arc<Session>) -> Self {
        let used_s = session.used_s;
        Self { session, used_s }
    }
}

/// A place on the server where sessions are kept under digests of their ids.
///
/// Every change is one step: between finding a session and changing it, nobody can have ended it.
pub(crate) trait Store: Send + Sync {
    /// Keeps a new session, instead of whatever was kept under this key.
    fn insert(&self, key: Key, session: Arc<Session>, now: u64) -> Answer<'_, ()>;

    /// Returns a session that is alive.
    fn find(&self, key: Key, now: u64, slide: Slide) -> Answer<'_, Option<Kept>>;

    /// Replaces a session by itself with new tokens; tells whether it was still there. One that was ended stays ended.
    fn renew(&self, key: Key, session: Arc<Session>) -> Answer<'_, bool>;

    /// Ends a session; tells whether it was there.
    fn end(&self, key: Key) -> Answer<'_, bool>;

    /// Ends all sessions of a group, and returns how many they were.
    fn end_group(&self, group: Key) -> Answer<'_, usize>;

    /// Returns the sessions of a group that are alive.
    fn members(&self, group: Key, now: u64) -> Answer<'_, Vec<(Key, Kept)>>;
}

/// The group of the sessions that one session at the provider has begun.
pub(crate) fn group_of_sid(sid: &str) -> Key {
    key("sid", sid)
}

/// The group of a user's sessions.
pub(crate) fn group_of_sub(sub: &str) -> Key {
    key("sub", sub)
}

/// The groups that a session is in.
pub(super) fn groups_of(session: &Session) -> impl Iterator<Item = Key> {
    let sid = session.sid.as_deref().map(group_of_sid);
    std::iter::once(group_of_sub(&session.sub)).chain(sid)
}
