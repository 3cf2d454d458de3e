//! The end of a session: its tokens end with it, and its applications are told.

mod back_channel;
mod front_channel;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::events::{Happened, Note};
use crate::issuer::Shared;
use crate::keys::SigningAlgorithm;

pub(crate) use back_channel::{announce_early, redeliver};

/// A sign-out that waits for the user's answer.
#[derive(Clone, Debug)]
pub(crate) struct Confirmation {
    /// The session that would end.
    pub(crate) sid: Arc<str>,
    /// Where the browser goes afterwards.
    pub(crate) return_to: Option<String>,
}

/// What came of telling one application that a session has ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Notified {
    /// The application.
    pub client_id: String,
    /// The status that it answered last, or nothing when it could not be reached in time.
    pub status: Option<u16>,
    /// How often the logout token was sent.
    pub attempts: u64,
}

/// A logout token that no application has taken yet.
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
    pub(crate) client_id: String,
    pub(crate) uri: String,
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) claims: Value,
    pub(crate) sub: String,
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

/// Ends a session, and returns when every application of it has answered or has run into the outbound client's timeout.
pub(crate) async fn end_session(issuer: &Shared, sid: &str) -> Ended {
    // Removed before anybody is told: an application that asks in between must already hear that it is over.
    let Some(session) = issuer.sessions.remove(sid) else { return Ended::default() };
    let note = Note { sub: Some(&session.sub), ..Note::default() };
    issuer.note(Happened::SessionEnded, note);
    Ended { notified: back_channel::tell(issuer, &session).await, frames: front_channel::frames(issuer, &session) }
}

/// Ends every session of a user, and every token that one of them led to.
pub(crate) async fn end_sessions_of(issuer: &Shared, sub: &str) -> Vec<Notified> {
    let mut notified = Vec::new();
    let sids: BTreeSet<Arc<str>> = issuer
        .sessions
        .values()
        .into_iter()
        .filter(|session| *session.sub == *sub)
        .map(|session| session.sid)
        .collect();
    for sid in sids {
        notified.extend(end_session(issuer, &sid).await.notified);
    }
    notified
}
