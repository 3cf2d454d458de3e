//! Questions that are on their way, so that callers who want to know the same at the same time share one answer.
//!
//! An answer is as old as its question; who joins gets what was true when the first one asked, a moment ago.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::generations::Digest;

/// The questions that are on their way; there are never more of them than callers who wait.
pub(super) struct Flights<Answer> {
    open: Mutex<HashMap<Digest, Question<Answer>>>,
}

struct Question<Answer> {
    answer: Arc<OnceCell<Answer>>,
    callers: usize,
}

impl<Answer> Default for Flights<Answer> {
    fn default() -> Self {
        Self { open: Mutex::default() }
    }
}

impl<Answer: Clone> Flights<Answer> {
    /// Asks, or waits for the answer to somebody else's question about the same.
    ///
    /// A caller that gives up takes nothing with it: the next one who waits asks again.
    pub(super) async fn share<Asking>(&self, about: Digest, ask: impl FnOnce() -> Asking) -> Answer
    where
        Asking: Future<Output = Answer>,
    {
        let flight = self.join(about);
        flight.answer.get_or_init(ask).await.clone()
    }
}

impl<Answer> Flights<Answer> {
    fn join(&self, about: Digest) -> Flight<'_, Answer> {
        let mut open = self.open();
        let question = open.entry(about).or_insert_with(|| Question { answer: Arc::default(), callers: 0 });
        question.callers += 1;
        Flight { flights: self, about, answer: Arc::clone(&question.answer) }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Digest, Question<Answer>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One caller's part in a question.
struct Flight<'a, Answer> {
    flights: &'a Flights<Answer>,
    about: Digest,
    answer: Arc<OnceCell<Answer>>,
}

impl<Answer> Drop for Flight<'_, Answer> {
    fn drop(&mut self) {
        let mut open = self.flights.open();
        // Once it is answered, the same question may be on its way again, and is somebody else's.
        let is_own = |question: &&mut Question<Answer>| Arc::ptr_eq(&question.answer, &self.answer);
        let Some(question) = open.get_mut(&self.about).filter(is_own) else { return };
        question.callers -= 1;
        let is_given_up = question.callers == 0;
        if is_given_up || self.answer.initialized() {
            open.remove(&self.about);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    use futures_util::future::join_all;

    use super::*;

    const ABOUT: Digest = [1; 32];

    fn is_pending(future: &mut (impl Future + Unpin)) -> bool {
        Pin::new(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[tokio::test]
    async fn all_who_ask_at_once_share_one_answer() {
        let (flights, asked) = (Flights::default(), AtomicUsize::new(0));
        let ask = || async {
            tokio::task::yield_now().await;
            asked.fetch_add(1, Ordering::SeqCst)
        };
        let answers = join_all((0..20).map(|_| flights.share(ABOUT, ask))).await;
        assert_eq!((answers, asked.load(Ordering::SeqCst)), (vec![0; 20], 1));
        assert_eq!(flights.share(ABOUT, ask).await, 1, "an answer is not kept");
        assert!(flights.open().is_empty());
    }

    #[tokio::test]
    async fn who_gives_up_leaves_the_others_their_answer() {
        let flights = Flights::default();
        let mut first = Box::pin(flights.share(ABOUT, std::future::pending::<u8>));
        assert!(is_pending(&mut first));
        let mut second = Box::pin(flights.share(ABOUT, || std::future::ready(2)));
        assert!(is_pending(&mut second));
        drop(first);
        assert_eq!(second.await, 2);
        assert!(flights.open().is_empty());
    }

    #[tokio::test]
    async fn what_everybody_has_given_up_is_forgotten() {
        let flights = Flights::default();
        let mut only = Box::pin(flights.share(ABOUT, std::future::pending::<u8>));
        assert!(is_pending(&mut only));
        drop(only);
        assert!(flights.open().is_empty());
    }
}
