//! What a user is told while a stream of theirs is open.

use std::pin::Pin;
use std::sync::Arc;

use http::HeaderMap;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{Open, until_ended};
use crate::Shared;
use crate::csrf::Stream;
use crate::ledger::Event;
use crate::problem::Problem;

/// One thing that a user is told.
pub(crate) enum News {
    /// Money of theirs has moved.
    Transfer(Arc<Event>),
    /// So many transfers went by while the stream was slow; some may have been theirs.
    Missed(u64),
    /// The session has ended; nothing follows.
    SignedOut,
}

/// A user who listens, until the session ends.
pub(crate) struct Told {
    username: String,
    events: Receiver<Arc<Event>>,
    ended: Pin<Box<dyn Future<Output = ()> + Send>>,
    _open: Open,
}

impl Told {
    /// Begins to listen for the user of a request; that alone is no use of the session.
    ///
    /// # Errors
    ///
    /// As when a session is looked for; 503 when too many are listening.
    pub(crate) async fn begin(bff: &Shared, headers: &HeaderMap, stream: Stream) -> Result<Self, Problem> {
        let events = bff.ledger.watch();
        let found = bff.sessions.peek(headers).await?;
        let open = bff.downstreams.places.open(&bff.watch, stream)?;
        let (bff, key) = (bff.clone(), found.key);
        let ended = Box::pin(async move { until_ended(&bff, &key).await });
        Ok(Self { username: found.session.username.clone(), events, ended, _open: open })
    }

    /// Waits for the next news; after [`News::SignedOut`] there is none to wait for.
    pub(crate) async fn next(&mut self) -> News {
        loop {
            // The end first: nothing is told to a user who has signed out.
            let event = tokio::select! {
                biased;
                () = &mut self.ended => return News::SignedOut,
                event = self.events.recv() => event,
            };
            match event {
                Ok(event) if event.concerns(&self.username) => return News::Transfer(event),
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => return News::Missed(missed),
                Err(RecvError::Closed) => return News::SignedOut,
            }
        }
    }
}
