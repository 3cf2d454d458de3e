//! A store whose entries end at a moment of the run's clock.
//!
//! Keys are kept as digests: a lookup that ends early then tells nothing about a credential, and a copy of the store holds none.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hosting::Clock;

struct Entry<T> {
    expires_s: u64,
    value: T,
}

/// What is remembered under a credential or an identifier until it expires.
pub(crate) struct Expiring<T> {
    clock: Clock,
    entries: Mutex<HashMap<[u8; 32], Entry<T>>>,
}

impl<T: Clone> Expiring<T> {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), entries: Mutex::default() }
    }

    /// Remembers a value, and drops everything that has expired.
    pub(crate) fn insert(&self, key: &str, expires_s: u64, value: T) {
        let now_s = self.clock.now_s();
        let mut entries = self.lock();
        entries.retain(|_, entry| entry.expires_s > now_s);
        entries.insert(digest(key), Entry { expires_s, value });
    }

    pub(crate) fn get(&self, key: &str) -> Option<T> {
        self.change(key, |_, value| value.clone())
    }

    /// Returns when an entry expires, in seconds since the epoch.
    pub(crate) fn expires_s(&self, key: &str) -> Option<u64> {
        self.change(key, |expires_s, _| *expires_s)
    }

    /// Changes an entry, or its expiry, while nobody else can see it.
    pub(crate) fn change<R>(&self, key: &str, change: impl FnOnce(&mut u64, &mut T) -> R) -> Option<R> {
        let now_s = self.clock.now_s();
        let mut entries = self.lock();
        let entry = entries.get_mut(&digest(key)).filter(|entry| entry.expires_s > now_s)?;
        Some(change(&mut entry.expires_s, &mut entry.value))
    }

    /// Takes an entry out; of two who try, one gets it.
    pub(crate) fn remove(&self, key: &str) -> Option<T> {
        let now_s = self.clock.now_s();
        self.lock().remove(&digest(key)).filter(|entry| entry.expires_s > now_s).map(|entry| entry.value)
    }

    /// Returns every value that has not expired.
    pub(crate) fn values(&self) -> Vec<T> {
        let now_s = self.clock.now_s();
        self.lock().values().filter(|entry| entry.expires_s > now_s).map(|entry| entry.value.clone()).collect()
    }

    /// Counts what is kept, after dropping what has expired.
    pub(crate) fn len(&self) -> usize {
        let now_s = self.clock.now_s();
        let mut entries = self.lock();
        entries.retain(|_, entry| entry.expires_s > now_s);
        entries.len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Entry<T>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(key: &str) -> [u8; 32] {
    hosting::sha256(key.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_entry_ends_at_its_second_and_is_dropped() {
        let clock = Clock::system();
        let store = Expiring::new(&clock);
        store.insert("a", clock.now_s() + 60, 1);
        assert_eq!(store.get("a"), Some(1));
        clock.advance(Duration::from_mins(1));
        assert_eq!(store.get("a"), None);
        assert_eq!(store.remove("a"), None);
        assert_eq!(store.len(), 0);
    }

    #[test]
    fn one_of_two_takes_it() {
        let clock = Clock::system();
        let store = Expiring::new(&clock);
        store.insert("a", clock.now_s() + 60, 1);
        assert_eq!(store.remove("a"), Some(1));
        assert_eq!(store.remove("a"), None);
    }
}
