//! One reader's stream: the transfers that concern them, until their token ends.

use std::sync::Arc;

use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::access_token::Caller;
use crate::ledger::Transferred;

/// What a reader is told.
pub(crate) enum News {
    /// A transfer that concerns them.
    Transferred(Arc<Transferred>),
    /// They were too slow, and this many transfers of anybody are lost to them.
    Missed(Missed),
    /// Their token has ended, and there is nothing more.
    Ended,
}

/// How many transfers a slow reader has missed.
pub(crate) struct Missed(u64);

impl Missed {
    /// Returns what readers are told.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!({ "missed": self.0 }).to_string()
    }
}

/// One reader's stream, which holds its place among all of them.
pub(crate) struct Subscription {
    caller: Caller,
    transfers: broadcast::Receiver<Arc<Transferred>>,
    ended: Option<oneshot::Receiver<()>>,
    _place: OwnedSemaphorePermit,
}

impl Subscription {
    pub(super) fn new(
        caller: Caller,
        transfers: broadcast::Receiver<Arc<Transferred>>,
        ended: Option<oneshot::Receiver<()>>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self { caller, transfers, ended, _place: place }
    }

    /// Waits for what comes next; after [`News::Ended`] nothing does.
    ///
    /// It can be given up at any time without losing anything.
    pub(crate) async fn next(&mut self) -> News {
        loop {
            // The end first: whoever has not read for long must not get what came after it.
            tokio::select! {
                biased;
                () = end(&mut self.ended) => return News::Ended,
                received = self.transfers.recv() => match received {
                    Ok(told) if told.concerns(self.caller.name()) => return News::Transferred(told),
                    Ok(_) => {}
                    Err(RecvError::Lagged(missed)) => return News::Missed(Missed(missed)),
                    Err(RecvError::Closed) => return News::Ended,
                },
            }
        }
    }
}

async fn end(ended: &mut Option<oneshot::Receiver<()>>) {
    match ended {
        // That nobody watches any more is as good as an end.
        Some(ended) => {
            let _ = ended.await;
        }
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;
    use crate::ledger::{Ledger, Transfer};

    #[tokio::test]
    async fn the_end_comes_before_whatever_was_not_read_yet() {
        let (ledger, place) = (Ledger::default(), Arc::new(Semaphore::new(1)));
        let (watcher, ended) = oneshot::channel();
        let place = place.try_acquire_owned().unwrap();
        let mut subscription = Subscription::new(Caller::called("bob"), ledger.watch(), Some(ended), place);
        let transfer = Transfer { from: "alice-current".to_owned(), to: "bob-current".to_owned(), amount: 1 };
        for _ in 0..2 {
            ledger.carry_out("alice", &transfer).unwrap();
        }
        assert!(matches!(subscription.next().await, News::Transferred(_)));
        watcher.send(()).unwrap();
        assert!(matches!(subscription.next().await, News::Ended));
    }

    #[tokio::test]
    async fn a_watcher_that_is_gone_is_an_end() {
        let (watcher, ended) = oneshot::channel();
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let caller = Caller::called("bob");
        let mut subscription = Subscription::new(caller, Ledger::default().watch(), Some(ended), place);
        drop(watcher);
        assert!(matches!(subscription.next().await, News::Ended));
    }
}
