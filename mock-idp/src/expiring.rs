//! A store whose entries end at a moment of the run's clock.
//!
//! Keys are kept as digests: a lookup that ends early then tells nothing about a credential, and a copy of the store holds none.
//! What has expired is never seen again, and is dropped when the store would otherwise grow: each insertion pays for a constant
//! share of the sweep, however many entries live.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hosting::Clock;

struct Entry<T> {
    expires_s: u64,
    value: T,
}

/// What is remembered under a credential or an identifier until it expires.
pub(crate) struct Expiring<T> {
    clock: Clock,
    entries: Mutex<Entries<T>>,
}

struct Entries<T> {
    all: HashMap<Digest, Entry<T>>,
    /// How many entries there may be before the next sweep.
    sweep_at: usize,
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self { all: HashMap::new(), sweep_at: FEWEST }
    }
}

impl<T> Entries<T> {
    fn sweep(&mut self, now_s: u64) {
        self.all.retain(|_, entry| entry.expires_s > now_s);
        self.all.shrink_to(self.all.len() * 2);
        self.sweep_at = FEWEST.max(self.all.len() * 2);
    }
}

/// Fewer entries than this are never swept for.
const FEWEST: usize = 64;

impl<T: Clone> Expiring<T> {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), entries: Mutex::default() }
    }

    /// Remembers a value.
    pub(crate) fn insert(&self, key: &(impl Key + ?Sized), expires_s: u64, value: T) {
        let now_s = self.clock.now_s();
        let mut entries = self.lock();
        if entries.all.len() >= entries.sweep_at {
            entries.sweep(now_s);
        }
        entries.all.insert(key.digest(), Entry { expires_s, value });
    }

    /// Remembers a value unless the key is there already; of two who try, one succeeds.
    pub(crate) fn insert_new(&self, key: &(impl Key + ?Sized), expires_s: u64, value: T) -> bool {
        let now_s = self.clock.now_s();
        let mut entries = self.lock();
        if entries.all.len() >= entries.sweep_at {
            entries.sweep(now_s);
        }
        let key = key.digest();
        if entries.all.get(&key).is_some_and(|entry| entry.expires_s > now_s) {
            return false;
        }
        entries.all.insert(key, Entry { expires_s, value });
        true
    }

    pub(crate) fn get(&self, key: &(impl Key + ?Sized)) -> Option<T> {
        self.change(key, |_, value| value.clone())
    }

    /// Returns when an entry expires, in seconds since the epoch.
    pub(crate) fn expires_s(&self, key: &(impl Key + ?Sized)) -> Option<u64> {
        self.change(key, |expires_s, _| *expires_s)
    }

    /// Changes an entry, or its expiry, while nobody else can see it.
    pub(crate) fn change<R>(&self, key: &(impl Key + ?Sized), change: impl FnOnce(&mut u64, &mut T) -> R) -> Option<R> {
        let now_s = self.clock.now_s();
        let mut entries = self.lock();
        let entry = entries.all.get_mut(&key.digest()).filter(|entry| entry.expires_s > now_s)?;
        Some(change(&mut entry.expires_s, &mut entry.value))
    }

    /// Takes an entry out; of two who try, one gets it.
    pub(crate) fn remove(&self, key: &(impl Key + ?Sized)) -> Option<T> {
        let now_s = self.clock.now_s();
        self.lock().all.remove(&key.digest()).filter(|entry| entry.expires_s > now_s).map(|entry| entry.value)
    }

    /// Returns every value that has not expired.
    pub(crate) fn values(&self) -> Vec<T> {
        let now_s = self.clock.now_s();
        self.lock().all.values().filter(|entry| entry.expires_s > now_s).map(|entry| entry.value.clone()).collect()
    }

    /// Counts what is kept, after dropping what has expired.
    pub(crate) fn len(&self) -> usize {
        let now_s = self.clock.now_s();
        let mut entries = self.lock();
        entries.sweep(now_s);
        entries.all.len()
    }

    /// Changes every value.
    pub(crate) fn change_all(&self, change: impl Fn(&mut T)) {
        self.lock().all.values_mut().for_each(|entry| change(&mut entry.value));
    }

    /// Forgets every entry that a condition names.
    pub(crate) fn remove_where(&self, is: impl Fn(&T) -> bool) {
        self.lock().all.retain(|_, entry| !is(&entry.value));
    }

    fn lock(&self) -> MutexGuard<'_, Entries<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a store remembers a key by; 128 bits are more than anybody can search for a second key of the same digest.
type Digest = [u8; 16];

/// What something is remembered under.
pub(crate) trait Key {
    /// Returns what the store remembers the key by.
    fn digest(&self) -> Digest;
}

impl Key for str {
    fn digest(&self) -> Digest {
        let mut digest = [0; 16];
        digest.copy_from_slice(&hosting::sha256(self.as_bytes())[..16]);
        digest
    }
}

impl Key for Arc<str> {
    fn digest(&self) -> Digest {
        str::digest(self)
    }
}

impl Key for String {
    fn digest(&self) -> Digest {
        self.as_str().digest()
    }
}

/// A number that the provider has given itself is no secret, and is remembered as it is.
impl Key for u64 {
    fn digest(&self) -> Digest {
        u128::from(*self).to_be_bytes()
    }
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
    fn what_has_expired_does_not_pile_up() {
        let clock = Clock::system();
        let store = Expiring::new(&clock);
        for n in 0..10_000 {
            store.insert(&n.to_string(), clock.now_s() + 1, n);
            clock.advance(Duration::from_secs(1));
            assert!(store.lock().all.len() <= FEWEST);
        }
    }

    #[test]
    fn one_of_two_puts_it() {
        let clock = Clock::system();
        let store = Expiring::new(&clock);
        assert!(store.insert_new("a", clock.now_s() + 60, 1));
        assert!(!store.insert_new("a", clock.now_s() + 60, 2));
        clock.advance(Duration::from_mins(1));
        assert!(store.insert_new("a", clock.now_s() + 60, 3));
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
