//! What an operator may see: figures, health and one line per request; nothing of any user.

mod drain;
mod figures;
mod latency;
mod metrics;
mod provider;
mod under_way;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::csrf::Stream;
use figures::Figures;
use latency::Latency;
use provider::Provider;

pub use drain::Drain;
pub(crate) use figures::{Event, Refusal};

/// Everything that is observed of one application.
pub(crate) struct Observed {
    figures: Figures,
    downstream: Latency,
    pub(crate) provider: Provider,
    pub(crate) drain: Drain,
    /// What tells the lines of this instance from those of its replicas.
    instance: String,
    requests: AtomicU64,
}

impl Observed {
    pub(crate) fn new() -> Self {
        Self {
            figures: Figures::default(),
            downstream: Latency::default(),
            provider: Provider::default(),
            drain: Drain::default(),
            instance: hosting::random_token()[..8].to_owned(),
            requests: AtomicU64::new(0),
        }
    }

    /// Counts something that happened.
    pub(crate) fn count(&self, event: Event) {
        self.figures.events[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that was refused before it reached anything.
    pub(crate) fn refused(&self, why: Refusal) {
        self.figures.refusals[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Notes how long an API behind the application took to begin its answer.
    pub(crate) fn downstream_took(&self, took: Duration) {
        self.downstream.note(took);
    }

    /// Counts a stream as open until the returned value is dropped.
    pub(crate) fn opened(&self, stream: Stream) -> OpenStream {
        let open = self.figures.streams[stream as usize].clone();
        open.fetch_add(1, Ordering::Relaxed);
        OpenStream(open)
    }

    /// Writes the figures in the text format of Prometheus, with how many tokens could not be revoked.
    pub(crate) fn metrics(&self, revocation_failures: u64) -> String {
        metrics::write(self, revocation_failures)
    }
}

/// A stream that is open.
pub(crate) struct OpenStream(Arc<AtomicU64>);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
