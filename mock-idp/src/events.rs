//! What happened, in order: who signed in, what was issued, used, introspected and revoked, and when.
//!
//! Latencies are read from here. No event carries a credential: it carries a name, the play's (`at#2`) where there is one, or the
//! beginning of a digest. The log is bounded; the oldest events are dropped first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hosting::{Credentials, Kind};
use schemars::JsonSchema;
use serde::Serialize;

/// How many events are kept.
const KEPT: usize = 10_000;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    /// A user typed the right password.
    SignedIn,
    /// A credential was made and handed out.
    Issued,
    /// A credential was exchanged, or opened an endpoint of ours.
    Used,
    /// A resource server asked what a token is worth, and heard that it is active.
    Introspected,
    /// A resource server asked what a token is worth, and heard that it is not.
    FoundInactive,
    /// A credential that was used up came back.
    Reused,
    /// A token or a family was ended before its time.
    Revoked,
    /// A session at the provider ended.
    SessionEnded,
    /// An application took a logout token.
    LogoutDelivered,
    /// An application did not take a logout token.
    LogoutUndelivered,
    /// A lie was told.
    Lied,
    /// An administrator changed something.
    Administered,
}

/// One event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Event {
    /// The place in the order, from 1.
    pub n: u64,
    /// When, in milliseconds since 1970-01-01T00:00:00Z by the provider's clock.
    pub at_ms: u64,
    /// What happened.
    pub happened: Happened,
    /// The credential that it happened to, by a name that is not the credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// The client that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The user that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// What holds one sign-in together, from the authorization request to the last token and the logout token.
    ///
    /// A session of several sign-ins begins and ends under the name of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// More, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// An event that is being written down.
#[derive(Default)]
pub(crate) struct Note<'a> {
    pub(crate) credential: Option<(Kind, &'a str)>,
    pub(crate) client_id: Option<Arc<str>>,
    pub(crate) sub: Option<Arc<str>>,
    pub(crate) correlation: Option<Arc<str>>,
    pub(crate) detail: Option<String>,
}

/// An event as it is kept, without a text of its own that another one has already.
struct Kept {
    n: u64,
    at_ms: u64,
    happened: Happened,
    credential: Option<Name>,
    client_id: Option<Arc<str>>,
    sub: Option<Arc<str>>,
    correlation: Option<Arc<str>>,
    detail: Option<String>,
}

/// What the log calls a credential.
enum Name {
    /// As the play does.
    Label(String),
    /// By its kind and the beginning of its digest.
    Digest(Kind, [u8; 6]),
}

impl Kept {
    fn event(&self) -> Event {
        let owned = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
        Event {
            n: self.n,
            at_ms: self.at_ms,
            happened: self.happened,
            credential: self.credential.as_ref().map(ToString::to_string),
            client_id: owned(&self.client_id),
            sub: owned(&self.sub),
            correlation: owned(&self.correlation),
            detail: self.detail.clone(),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Label(label) => f.write_str(label),
            Self::Digest(kind, digest) => write!(f, "{}:{}", kind.short(), hosting::base64url(digest)),
        }
    }
}

/// The log.
pub(crate) struct Events {
    credentials: Credentials,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    written: u64,
    kept: VecDeque<Kept>,
}

impl Events {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self { credentials, log: Mutex::default() }
    }

    pub(crate) fn write(&self, at_ms: u64, happened: Happened, note: Note<'_>) {
        let credential = note.credential.map(|(kind, value)| self.name(kind, value));
        let Note { client_id, sub, correlation, detail, .. } = note;
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.written += 1;
        if log.kept.len() == KEPT {
            log.kept.pop_front();
        }
        let n = log.written;
        log.kept.push_back(Kept { n, at_ms, happened, credential, client_id, sub, correlation, detail });
    }

    /// Returns what was kept after an event, oldest first.
    pub(crate) fn after(&self, n: u64) -> Vec<Event> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.kept.iter().filter(|event| event.n > n).map(Kept::event).collect()
    }

    fn name(&self, kind: Kind, value: &str) -> Name {
        self.credentials.label(value).map_or_else(
            || {
                let mut beginning = [0; 6];
                beginning.copy_from_slice(&hosting::sha256(value.as_bytes())[..6]);
                Name::Digest(kind, beginning)
            },
            Name::Label,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_names_credentials_and_never_shows_them() {
        let events = Events::new(Credentials::default());
        let credential = Some((Kind::AccessToken, "a-secret-token"));
        events.write(7, Happened::Issued, Note { credential, ..Note::default() });
        let text = serde_json::to_string(&events.after(0)).unwrap();
        assert!(text.contains("at:") && !text.contains("a-secret-token"), "{text}");
    }

    #[test]
    fn the_oldest_events_go_first() {
        let events = Events::new(Credentials::default());
        for _ in 0..KEPT + 3 {
            events.write(0, Happened::Used, Note::default());
        }
        let kept = events.after(0);
        assert_eq!((kept.len(), kept[0].n), (KEPT, 4));
        assert_eq!(events.after(kept[KEPT - 1].n - 2).len(), 2);
    }
}
