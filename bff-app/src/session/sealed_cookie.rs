//! The weak variant: the whole session sealed in the cookie, so that no server can end it.
//!
//! What a server can do is remember who has signed out, and refuse them until their cookies are dead by themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Session;
use super::store::groups_of;
use crate::problem::Problem;
use crate::remembered::{Drawer, Remembered};
use crate::storage::{Key, Seal, hex, lock};

/// How long new tokens are handed to requests that still carry the old cookie, in seconds.
const OVERLAP_S: u64 = 60;
/// For how many sessions at once.
const MOST_OVERLAPPING: usize = 10_000;
/// What cookies are bound to.
const PLACE: &[u8] = b"session";

/// What a cookie holds.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Opened {
    /// Names the session, because its cookie changes with every use.
    pub(super) id: String,
    pub(super) session: Session,
    /// Whether the session has newer tokens than the cookie.
    #[serde(skip)]
    pub(super) is_behind: bool,
}

impl Opened {
    /// Returns the key of the session: its id, when it began, and its groups, by which an end can be remembered.
    pub(super) fn key(&self) -> String {
        let mut key = format!("{}.{}", self.id, self.session.began_s);
        for group in groups_of(&self.session) {
            key.push('.');
            key.push_str(&hex(&group));
        }
        key
    }
}

/// Returns the session's id and when it began.
fn id_and_beginning(key: &str) -> (&str, u64) {
    let mut parts = key.split('.');
    let id = parts.next().unwrap_or_default();
    (id, parts.next().and_then(|began_s| began_s.parse().ok()).unwrap_or_default())
}

/// What is sealed.
#[derive(Serialize)]
struct Closed<'a> {
    id: &'a str,
    session: &'a Session,
}

pub(super) struct SealedCookie {
    seal: Seal,
    /// Sessions whose tokens have just been renewed: parallel requests must not do it again with a spent token.
    renewed: Mutex<HashMap<String, (Arc<Session>, u64)>>,
    /// Who has signed out, where that is remembered.
    revoked: Option<Remembered>,
}

impl SealedCookie {
    pub(super) fn new(shared: Option<&[u8; 32]>, revoked: Option<Remembered>) -> Self {
        Self { seal: Seal::of(shared, "session cookie"), renewed: Mutex::default(), revoked }
    }

    /// Seals a session under its id, or under the id of its key.
    pub(super) fn seal(&self, key: &str, session: &Session) -> String {
        let closed = Closed { id: id_and_beginning(key).0, session };
        let plain = serde_json::to_vec(&closed).expect("a session is plain data");
        URL_SAFE_NO_PAD.encode(self.seal.seal(&plain, PLACE))
    }

    /// Opens a cookie; where its tokens were renewed a moment ago, it is given the new ones.
    pub(super) fn open(&self, value: &str, now: u64) -> Option<Opened> {
        let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
        let mut opened: Opened = serde_json::from_slice(&self.seal.open(&sealed, PLACE)?).ok()?;
        let renewed = self.renewed(&opened.id, now);
        let newer = renewed.filter(|it| it.tokens.access_expires_s > opened.session.tokens.access_expires_s);
        if let Some(newer) = newer {
            opened.session.tokens = newer.tokens.clone();
            opened.is_behind = true;
        }
        Some(opened)
    }

    /// Returns a session whose tokens were renewed a moment ago.
    pub(super) fn renewed(&self, key: &str, now: u64) -> Option<Arc<Session>> {
        let renewed = lock(&self.renewed);
        let (session, _) = renewed.get(id_and_beginning(key).0).filter(|(_, until_s)| now < *until_s)?;
        Some(Arc::clone(session))
    }

    /// Keeps new tokens for the requests that are under way.
    pub(super) fn overlap(&self, key: &str, session: &Arc<Session>, now: u64) {
        let mut renewed = lock(&self.renewed);
        renewed.retain(|_, (_, until_s)| now < *until_s);
        if renewed.len() < MOST_OVERLAPPING {
            renewed.insert(id_and_beginning(key).0.to_owned(), (Arc::clone(session), now + OVERLAP_S));
        }
    }

    /// Remembers that a session has ended, where that is remembered.
    pub(super) async fn end(&self, key: &str, life_s: u64) -> Result<(), Problem> {
        let (id, _) = id_and_beginning(key);
        lock(&self.renewed).remove(id);
        match &self.revoked {
            Some(revoked) => revoked.put(Drawer::EndedSession, id, &u64::MAX, life_s).await,
            None => Ok(()),
        }
    }

    /// Remembers that all sessions of a group have ended that have begun until now, where that is remembered.
    pub(super) async fn end_group(&self, group: Key, now: u64, life_s: u64) -> Result<(), Problem> {
        let Some(revoked) = &self.revoked else { return Ok(()) };
        lock(&self.renewed).clear();
        revoked.put(Drawer::EndedSession, &hex(&group), &now, life_s).await
    }

    /// Tells whether a session is known to have ended: itself, or with one of its groups.
    pub(super) async fn is_ended(&self, key: &str) -> Result<bool, Problem> {
        let Some(revoked) = &self.revoked else { return Ok(false) };
        let (_, began_s) = id_and_beginning(key);
        for name in key.split('.').enumerate().filter(|(n, _)| *n != 1).map(|(_, name)| name) {
            let ended: Option<u64> = revoked.get(Drawer::EndedSession, name).await?;
            // Whoever signed in later meant to.
            if ended.is_some_and(|ended_s| began_s <= ended_s) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns when a session began.
    pub(super) fn began_s(key: &str) -> u64 {
        id_and_beginning(key).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sample;

    fn sealer(shared: [u8; 32]) -> SealedCookie {
        SealedCookie::new(Some(&shared), None)
    }

    fn session() -> Session {
        sample("alice", Some("x"), 100)
    }

    #[test]
    fn opens_what_a_replica_sealed_and_nothing_else() {
        let value = sealer([1; 32]).seal("id", &session());
        let opened = Opened { id: "id".to_owned(), session: session(), is_behind: false };
        assert_eq!(sealer([1; 32]).open(&value, 100), Some(opened));
        assert_eq!(sealer([2; 32]).open(&value, 100), None);
        assert_eq!(SealedCookie::new(None, None).open(&value, 100), None);
        for forged in ["", "x", "AAAA", &value[..value.len() - 2]] {
            assert_eq!(sealer([1; 32]).open(forged, 100), None, "{forged}");
        }
    }

    #[test]
    fn a_key_leads_back_to_the_session_that_it_names() {
        let opened = Opened { id: "id".to_owned(), session: session(), is_behind: false };
        assert_eq!(id_and_beginning(&opened.key()), ("id", 100));
        assert_eq!(opened.key().split('.').count(), 4);
        let value = sealer([1; 32]).seal(&opened.key(), &session());
        assert_eq!(sealer([1; 32]).open(&value, 100), Some(opened));
    }

    #[test]
    fn requests_under_way_are_given_the_new_tokens_for_a_moment() {
        let sealer = sealer([1; 32]);
        let value = sealer.seal("id", &session());
        let mut renewed = session();
        (renewed.tokens.access_token, renewed.tokens.access_expires_s) = ("next".to_owned(), 700);
        sealer.overlap("id", &Arc::new(renewed), 100);
        let token = |now| sealer.open(&value, now).unwrap().session.tokens.access_token;
        assert_eq!((token(159).as_str(), token(160).as_str()), ("next", "access"));
    }

    proptest::proptest! {
        #[test]
        fn hostile_cookies_open_nothing(value in "[A-Za-z0-9_-]{0,200}") {
            proptest::prop_assert_eq!(sealer([1; 32]).open(&value, 100), None);
        }

        #[test]
        fn hostile_keys_are_read_as_something(key in ".{0,60}") {
            let (id, _) = id_and_beginning(&key);
            proptest::prop_assert!(key.starts_with(id));
        }
    }
}
