//! The end of a session: its tokens end with it, and its applications are told.

mod back_channel;
mod front_channel;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use serde_json::Value;

use crate::events::{Happened, Note};
use crate::issuer::{Issuer, Shared};
use crate::keys::SigningAlgorithm;
use crate::sessions::Session;

pub(crate) use back_channel::{AT_ONCE, announce_early, forget_client, redeliver};

/// A sign-out that waits for the user's answer.
#[derive(Clone, Debug)]
pub(crate) struct Confirmation {
    /// The session that would end.
    pub(crate) sid: Arc<str>,
    /// The client that asks, where it is known.
    pub(crate) client_id: Option<Arc<str>>,
    /// Where the browser goes afterwards.
    pub(crate) return_to: Option<String>,
}

/// What came of telling an application, at one of its addresses, that a session has ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Notified {
    /// The application.
    pub client_id: String,
    /// The status that it answered last, or nothing when it could not be reached in time.
    pub status: Option<u16>,
    /// How often the logout token was sent.
    pub attempts: u64,
}

/// A logout token that no application has taken yet, or that a lie holds back.
#[derive(Clone, Debug)]
pub(crate) struct Undelivered {
    pub(crate) truth: Truth,
    /// Not before this second.
    pub(crate) due_s: u64,
    /// What is sent where a lie has made it; nothing means a fresh, honest token.
    pub(crate) body: Option<String>,
}

/// What a logout token would say.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) client_id: Arc<str>,
    pub(crate) uri: String,
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) claims: Value,
    pub(crate) sub: Arc<str>,
    /// The sign-in that ends, as the log calls it.
    pub(crate) correlation: Arc<str>,
}

/// Counts the logout tokens that no application has taken.
pub(crate) fn undelivered(issuer: &Issuer) -> usize {
    issuer.undelivered.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// One request that tells an application of a session's end.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The form.
    pub(crate) body: String,
    pub(crate) uri: String,
    /// Not before so many seconds have passed.
    pub(crate) after_s: u64,
}

/// What the end of a session has led to.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// The applications that were told behind the browser's back.
    pub(crate) notified: Vec<Notified>,
    /// The addresses that the browser is to frame.
    pub(crate) frames: Vec<String>,
}

/// Ends a session, and returns when every application has answered or run into the outbound client's timeout.
///
/// No more than [`AT_ONCE`] are told at the same time, whatever session they are of: the others wait for a place first.
pub(crate) async fn end_session(issuer: &Shared, sid: &str) -> Ended {
    let Some(session) = remove(issuer, sid) else { return Ended::default() };
    Ended { notified: back_channel::tell(issuer, &session).await, frames: front_channel::frames(issuer, &session) }
}

/// Takes a session away before anybody is told: an application that asks in between must already hear that it is over.
fn remove(issuer: &Issuer, sid: &str) -> Option<Session> {
    let session = issuer.sessions.remove(sid)?;
    let (sub, correlation) = (Some(Arc::clone(&session.sub)), Some(Arc::clone(&session.correlation)));
    issuer.note(Happened::SessionEnded, Note { sub, correlation, ..Note::default() });
    Some(session)
}

/// Ends every session of a user at once, and every token that one of them led to; then tells the applications.
pub(crate) async fn end_sessions_of(issuer: &Shared, sub: &str) -> Vec<Notified> {
    let sids: BTreeSet<Arc<str>> = issuer
        .sessions
        .values()
        .into_iter()
        .filter(|session| *session.sub == *sub)
        .map(|session| session.sid)
        .collect();
    let ended: Vec<Session> = sids.iter().filter_map(|sid| remove(issuer, sid)).collect();
    let told = ended.iter().map(|session| back_channel::tell(issuer, session));
    futures_util::future::join_all(told).await.into_iter().flatten().collect()
}
