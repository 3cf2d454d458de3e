//! A document of the provider that is kept for a while, and fetched once for all who wait for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use super::OidcError;

/// The document, when it was fetched, and whose turn it is to fetch it.
pub(super) struct Cached<T> {
    value: RwLock<Option<(Arc<T>, u64)>>,
    /// Why the last fetch failed, where it did.
    turn: Mutex<Option<OidcError>>,
    /// How many fetches have come to an end.
    ended: AtomicU64,
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self { value: RwLock::default(), turn: Mutex::default(), ended: AtomicU64::new(0) }
    }
}

impl<T> Cached<T> {
    /// Returns the document: the one that is kept, if it is good by the second at which it was fetched, or a fresh one.
    ///
    /// # Errors
    ///
    /// What the fetch says; a failure is not kept, but whoever waited for the fetch that failed is told so too.
    pub(super) async fn get(
        &self,
        now_s: u64,
        is_good: impl Fn(u64) -> bool,
        fetch: impl Future<Output = Result<T, OidcError>>,
    ) -> Result<Arc<T>, OidcError> {
        match self.kept() {
            Some((value, fetched_s)) if is_good(fetched_s) => Ok(value),
            _ => self.in_turn(now_s, is_good, fetch).await,
        }
    }

    /// Does the same after every fetch that is under way.
    pub(super) async fn in_turn(
        &self,
        now_s: u64,
        is_good: impl Fn(u64) -> bool,
        fetch: impl Future<Output = Result<T, OidcError>>,
    ) -> Result<Arc<T>, OidcError> {
        let before = self.ended.load(Ordering::SeqCst);
        let mut failed = self.turn.lock().await;
        if let Some((value, fetched_s)) = self.kept()
            && is_good(fetched_s)
        {
            return Ok(value);
        }
        // Ten waiters of a provider that is down must not wait for it ten times, one after another.
        if self.ended.load(Ordering::SeqCst) != before
            && let Some(error) = failed.as_ref()
        {
            return Err(error.clone());
        }
        let fetched = fetch.await.map(Arc::new);
        self.ended.fetch_add(1, Ordering::SeqCst);
        *failed = fetched.as_ref().err().cloned();
        let value = fetched?;
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = Some((value.clone(), now_s));
        Ok(value)
    }

    fn kept(&self) -> Option<(Arc<T>, u64)> {
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn broken() -> OidcError {
        OidcError::NotOffered("answer")
    }

    #[tokio::test]
    async fn is_fetched_once_and_again_when_it_is_old() {
        let (cached, count) = (Cached::default(), AtomicUsize::new(0));
        for (now, expected) in [(100, 1), (109, 1), (110, 2), (119, 2)] {
            let fetch = async { Ok(count.fetch_add(1, Ordering::SeqCst)) };
            assert!(cached.get(now, |fetched| now < fetched + 10, fetch).await.is_ok());
            assert_eq!(count.load(Ordering::SeqCst), expected, "at {now}");
        }
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let cached = Cached::<u8>::default();
        assert!(cached.get(1, |_| true, async { Err(broken()) }).await.is_err());
        assert_eq!(*cached.get(1, |_| true, async { Ok(7) }).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn one_failure_answers_all_who_waited_for_it() {
        let (cached, count) = (&Cached::<u8>::default(), &AtomicUsize::new(0));
        let ask = || {
            let fetch = async move {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Err(broken())
            };
            cached.get(1, |_| true, fetch)
        };
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        assert!(one.is_err() && two.is_err() && three.is_err());
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}
