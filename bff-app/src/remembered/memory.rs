//! What is remembered in this process: so many of each kind, the oldest out first.

use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::sync::Mutex;

use super::Drawer;
use super::shelf::{Entry, Shelf};
use crate::storage::{Answer, Key, lock};

/// How many forgotten entries one request may have to drop.
const SWEPT_AT_ONCE: usize = 4;

/// What ends with the process.
#[derive(Default)]
pub(super) struct Memory(Mutex<Drawers>);

impl Shelf for Memory {
    fn put(&self, drawer: Drawer, key: Key, entry: Entry, now: u64) -> Answer<'_, ()> {
        lock(&self.0).of(drawer).put(key, entry, drawer.most(), now);
        Box::pin(ready(Ok(())))
    }

    fn put_new(&self, drawer: Drawer, key: Key, entry: Entry, now: u64) -> Answer<'_, bool> {
        let is_new = lock(&self.0).of(drawer).put_new(key, entry, drawer.most(), now).is_some();
        Box::pin(ready(Ok(is_new)))
    }

    fn get(&self, drawer: Drawer, key: Key, now: u64) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(ready(Ok(lock(&self.0).of(drawer).get(&key, now))))
    }

    fn take(&self, drawer: Drawer, key: Key, now: u64) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(ready(Ok(lock(&self.0).of(drawer).take(&key, now))))
    }
}

/// All drawers.
#[derive(Default)]
pub(super) struct Drawers([Slots; Drawer::ALL.len()]);

impl Drawers {
    pub(super) fn of(&mut self, drawer: Drawer) -> &mut Slots {
        &mut self.0[drawer as usize]
    }
}

/// What lies in one drawer, in the order in which it was put there.
#[derive(Default)]
pub(super) struct Slots {
    by_key: HashMap<Key, Slot>,
    order: BTreeMap<u64, Key>,
    last: u64,
}

struct Slot {
    value: Box<[u8]>,
    until_s: u64,
    place: u64,
}

impl Slots {
    /// Puts a value there, and returns the keys of what fell out: a few that are forgotten, and the oldest of too many.
    pub(super) fn put(&mut self, key: Key, entry: Entry, most: usize, now: u64) -> Vec<Key> {
        self.remove(&key);
        let mut fallen = self.sweep(now);
        while self.by_key.len() >= most
            && let Some(oldest) = self.oldest()
        {
            self.remove(&oldest);
            fallen.push(oldest);
        }
        self.last += 1;
        self.order.insert(self.last, key);
        self.by_key.insert(key, Slot { value: entry.value.into(), until_s: entry.until_s, place: self.last });
        fallen
    }

    /// Puts a value where nothing is, and returns the keys of what fell out; `None` where something is.
    pub(super) fn put_new(&mut self, key: Key, entry: Entry, most: usize, now: u64) -> Option<Vec<Key>> {
        let is_there = self.by_key.get(&key).is_some_and(|slot| now < slot.until_s);
        (!is_there).then(|| self.put(key, entry, most, now))
    }

    pub(super) fn get(&self, key: &Key, now: u64) -> Option<Vec<u8>> {
        self.by_key.get(key).filter(|slot| now < slot.until_s).map(|slot| slot.value.to_vec())
    }

    pub(super) fn take(&mut self, key: &Key, now: u64) -> Option<Vec<u8>> {
        self.remove(key).filter(|slot| now < slot.until_s).map(|slot| slot.value.into_vec())
    }

    fn sweep(&mut self, now: u64) -> Vec<Key> {
        let mut swept = Vec::new();
        while swept.len() < SWEPT_AT_ONCE
            && let Some(oldest) = self.oldest()
            && self.by_key.get(&oldest).is_none_or(|slot| slot.until_s <= now)
        {
            self.remove(&oldest);
            swept.push(oldest);
        }
        swept
    }

    fn oldest(&self) -> Option<Key> {
        self.order.first_key_value().map(|(_, key)| *key)
    }

    fn remove(&mut self, key: &Key) -> Option<Slot> {
        let slot = self.by_key.remove(key)?;
        self.order.remove(&slot.place);
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(slots: &mut Slots, n: u8, until_s: u64, now: u64) -> Vec<Key> {
        slots.put([n; 16], Entry { value: vec![n], life_s: 0, until_s }, 3, now)
    }

    #[test]
    fn the_oldest_falls_out_and_what_is_put_again_is_new() {
        let mut slots = Slots::default();
        for n in [1, 2, 1, 3] {
            assert_eq!(put(&mut slots, n, 100, 0), Vec::<Key>::new());
        }
        assert_eq!(put(&mut slots, 4, 100, 0), [[2; 16]]);
        assert_eq!((slots.get(&[1; 16], 99), slots.get(&[2; 16], 99)), (Some(vec![1]), None));
        assert_eq!((slots.by_key.len(), slots.order.len()), (3, 3));
    }

    #[test]
    fn what_is_forgotten_falls_out_first() {
        let mut slots = Slots::default();
        put(&mut slots, 1, 100, 0);
        put(&mut slots, 2, 100, 0);
        assert_eq!(put(&mut slots, 3, 200, 99), Vec::<Key>::new());
        assert_eq!(put(&mut slots, 4, 200, 100), [[1; 16], [2; 16]]);
        assert_eq!((slots.by_key.len(), slots.order.len()), (2, 2));
    }
}
