//! A bounded memory whose entries are forgotten after a while, without anybody ever going through all of them.
//!
//! There are two generations: what is put goes into the young one; after a life the young one becomes the old one, and
//! the old one is dropped. An entry stays for one life at least and for two at most, and counts until its own end.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What an entry is found by: a digest, so that the memory of this process is no place to collect tokens from.
pub(super) type Digest = [u8; 32];

/// Entries of one kind that live equally long.
pub(super) struct Generations<Value> {
    life: Duration,
    most: usize,
    kept: Mutex<Kept<Value>>,
}

struct Kept<Value> {
    since: Duration,
    young: HashMap<Digest, Entry<Value>>,
    old: HashMap<Digest, Entry<Value>>,
}

struct Entry<Value> {
    until: Duration,
    value: Value,
}

/// What became of an entry that was to be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It is there now, and was not before.
    New,
    /// It was there before.
    Known,
    /// There is no room.
    Full,
}

impl<Value: Clone> Generations<Value> {
    /// Makes room for so many entries per life.
    pub(super) fn new(life: Duration, most: usize) -> Self {
        let kept = Kept { since: Duration::ZERO, young: HashMap::new(), old: HashMap::new() };
        Self { life, most, kept: Mutex::new(kept) }
    }

    pub(super) fn get(&self, key: &Digest, now: Duration) -> Option<Value> {
        self.at(now).living(key, now).map(|entry| entry.value.clone())
    }

    /// Puts an entry that counts until its end, and for one life at most; there may be no room for it.
    pub(super) fn put(&self, key: Digest, until: Duration, value: Value, now: Duration) {
        let until = until.min(now + self.life);
        let mut kept = self.at(now);
        if kept.young.len() < self.most {
            kept.young.insert(key, Entry { until, value });
        }
    }

    /// Puts an entry that counts for one life, if it is not there; of two who try, one succeeds.
    pub(super) fn put_new(&self, key: Digest, value: Value, now: Duration) -> Put {
        let mut kept = self.at(now);
        if kept.living(&key, now).is_some() {
            return Put::Known;
        }
        if kept.young.len() >= self.most {
            return Put::Full;
        }
        kept.young.insert(key, Entry { until: now + self.life, value });
        Put::New
    }

    fn at(&self, now: Duration) -> MutexGuard<'_, Kept<Value>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let age = now.saturating_sub(kept.since);
        if age >= self.life {
            let young = std::mem::take(&mut kept.young);
            kept.old = if age < self.life * 2 { young } else { HashMap::new() };
            kept.since = now;
        }
        kept
    }
}

impl<Value> Kept<Value> {
    fn living(&self, key: &Digest, now: Duration) -> Option<&Entry<Value>> {
        let entry = self.young.get(key).or_else(|| self.old.get(key))?;
        (now < entry.until).then_some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(30);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_000_000 + seconds)
    }

    fn key(n: u64) -> Digest {
        hosting::sha256(&n.to_be_bytes())
    }

    #[test]
    fn an_entry_lives_for_its_whole_life_and_not_longer() {
        for put_at in [0, 1, 15, 29, 30, 31, 59, 60] {
            let kept = Generations::new(LIFE, 10);
            kept.put(key(0), at(1_000), 0, at(0));
            kept.put(key(1), at(1_000), 1, at(put_at));
            assert_eq!(kept.get(&key(1), at(put_at + 29)), Some(1), "{put_at}");
            assert_eq!(kept.get(&key(1), at(put_at + 30)), None, "{put_at}");
        }
    }

    #[test]
    fn an_entry_ends_at_its_own_end() {
        let kept = Generations::new(LIFE, 10);
        kept.put(key(1), at(10), 1, at(0));
        assert_eq!((kept.get(&key(1), at(9)), kept.get(&key(1), at(10))), (Some(1), None));
    }

    #[test]
    fn a_flood_is_not_kept_and_drives_nothing_out() {
        let kept = Generations::new(LIFE, 10);
        kept.put(key(0), at(100), 0, at(0));
        for n in 1..10_000 {
            kept.put(key(n), at(100), n, at(1));
        }
        assert_eq!(kept.get(&key(0), at(2)), Some(0));
        assert_eq!(kept.at(at(2)).young.len(), 10);
        assert_eq!(kept.put_new(key(10_000), 1, at(2)), Put::Full);
        assert_eq!(kept.put_new(key(10_000), 1, at(40)), Put::New, "room comes back with time");
    }

    #[test]
    fn one_of_two_puts_it() {
        let kept = Generations::new(LIFE, 10);
        assert_eq!(kept.put_new(key(1), (), at(0)), Put::New);
        assert_eq!(kept.put_new(key(1), (), at(29)), Put::Known);
        assert_eq!(kept.put_new(key(1), (), at(30)), Put::New);
    }

    proptest::proptest! {
        #[test]
        fn what_is_found_was_put_within_its_life(steps in proptest::collection::vec((0..5_u64, 0..20_u64), 0..60)) {
            let kept = Generations::new(LIFE, 4);
            let (mut now, mut put) = (0, [None; 5]);
            for (n, pause) in steps {
                now += pause;
                let found = kept.get(&key(n), at(now));
                let place = usize::try_from(n).unwrap();
                if let Some(found) = found {
                    proptest::prop_assert_eq!(Some(found), put[place]);
                    proptest::prop_assert!(now - found < 30);
                } else {
                    kept.put(key(n), at(10_000), now, at(now));
                    put[place] = Some(now);
                }
            }
        }
    }
}
