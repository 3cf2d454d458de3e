//! The way out of service: no new user comes, and what is under way comes to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

/// Takes an instance out of service; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Drain(Arc<State>);

#[derive(Debug, Default)]
struct State {
    has_begun: AtomicBool,
    under_way: AtomicU64,
    changed: Notify,
}

impl Drain {
    /// Begins: `/health/ready` fails from now on, so that whoever distributes requests sends none here.
    ///
    /// Whatever comes all the same is answered. What ends the connections is whoever serves.
    pub fn begin(&self) {
        self.0.has_begun.store(true, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }

    /// Tells whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.0.has_begun.load(Ordering::SeqCst)
    }

    /// Waits until no request is without its answer; the caller bounds the wait.
    pub async fn idle(&self) {
        loop {
            // Made before the look, so that no end in between is missed.
            let changed = self.0.changed.notified();
            if self.under_way() == 0 {
                return;
            }
            changed.await;
        }
    }

    pub(super) fn under_way(&self) -> u64 {
        self.0.under_way.load(Ordering::SeqCst)
    }

    pub(super) fn enter(&self) {
        self.0.under_way.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn leave(&self) {
        if self.0.under_way.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_idle_when_the_last_request_has_its_answer() {
        let drain = Drain::default();
        drain.idle().await;
        drain.enter();
        drain.begin();
        assert!(drain.clone().has_begun());
        let waiting = tokio::spawn({
            let drain = drain.clone();
            async move { drain.idle().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drain.leave();
        waiting.await.unwrap();
    }
}
