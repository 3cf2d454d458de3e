//! How many streams may be open at once, so that nobody fills the process with them.

use std::sync::Arc;

use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::csrf::Stream;
use crate::observe::{Observed, OpenStream};
use crate::problem::Problem;

/// How many connections may be upgraded at once.
const MOST_UPGRADES: usize = 256;
/// How many event streams may be open at once.
const MOST_FEEDS: usize = 1_024;

/// The places for streams of one process.
pub(crate) struct Places {
    upgrades: Arc<Semaphore>,
    feeds: Arc<Semaphore>,
}

/// A stream that is open, until this is dropped.
pub(crate) struct Open {
    _place: OwnedSemaphorePermit,
    _counted: OpenStream,
}

impl Places {
    pub(crate) fn new() -> Self {
        Self { upgrades: Arc::new(Semaphore::new(MOST_UPGRADES)), feeds: Arc::new(Semaphore::new(MOST_FEEDS)) }
    }

    /// Takes a place.
    ///
    /// # Errors
    ///
    /// 503 when all are taken.
    pub(crate) fn open(&self, watch: &Observed, stream: Stream) -> Result<Open, Problem> {
        let (places, taken) = match stream {
            Stream::WebSocket => (&self.upgrades, "too many WebSockets are open: close some, or try again later"),
            Stream::Events => (&self.feeds, "too many event streams are open: close some, or try again later"),
        };
        match places.clone().try_acquire_owned() {
            Ok(place) => Ok(Open { _place: place, _counted: watch.opened(stream) }),
            Err(_) => Err(Problem::fixed(StatusCode::SERVICE_UNAVAILABLE, taken)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_stream_has_ended() {
        let (places, watch) = (Places::new(), Observed::new());
        let open = |stream| places.open(&watch, stream);
        let mut taken: Vec<Open> = (0..MOST_UPGRADES).map(|_| open(Stream::WebSocket).ok().unwrap()).collect();
        assert_eq!(open(Stream::WebSocket).err().unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(open(Stream::Events).is_ok(), "event streams have places of their own");
        taken.pop();
        assert!(open(Stream::WebSocket).is_ok());
    }
}
