//! Sessions in this process: found by one look, dropped a few at a time, so that no request pays for all of them.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::future::ready;
use std::sync::{Arc, Mutex};

use super::Session;
use super::lives::Lives;
use super::store::{Kept, Slide, Store, groups_of};
use crate::storage::{Answer, Key, Unavailable, lock};

/// How many sessions are kept at most.
const MOST: usize = 1_000_000;
/// How many sessions one request may have to drop.
const SWEPT_AT_ONCE: usize = 4;

/// Sessions that end with the process.
pub(super) struct Memory(Mutex<Rooms>);

impl Memory {
    pub(super) fn new(lives: Lives) -> Self {
        Self(Mutex::new(Rooms::new(lives)))
    }
}

impl Store for Memory {
    fn insert(&self, key: Key, session: Arc<Session>, now: u64) -> Answer<'_, ()> {
        let mut rooms = lock(&self.0);
        rooms.sweep(now);
        Box::pin(ready(rooms.has_room().map(|()| rooms.insert(key, Kept::new(session), now))))
    }

    fn find(&self, key: Key, now: u64, slide: Slide) -> Answer<'_, Option<Kept>> {
        let mut rooms = lock(&self.0);
        rooms.sweep(now);
        Box::pin(ready(Ok(rooms.find(&key, now, slide).map(|(kept, _)| kept))))
    }

    fn renew(&self, key: Key, session: Arc<Session>) -> Answer<'_, bool> {
        Box::pin(ready(Ok(lock(&self.0).renew(&key, session))))
    }

    fn end(&self, key: Key) -> Answer<'_, bool> {
        Box::pin(ready(Ok(lock(&self.0).remove(&key))))
    }

    fn end_group(&self, group: Key) -> Answer<'_, usize> {
        let mut rooms = lock(&self.0);
        let ended = rooms.keys_of(group).iter().filter(|key| rooms.remove(key)).count();
        Box::pin(ready(Ok(ended)))
    }

    fn members(&self, group: Key, now: u64) -> Answer<'_, Vec<(Key, Kept)>> {
        Box::pin(ready(Ok(lock(&self.0).members(group, now))))
    }
}

/// Sessions by key, by group, and by when it is worth looking whether they still live.
pub(super) struct Rooms {
    lives: Lives,
    sessions: HashMap<Key, Kept>,
    groups: BTreeSet<(Key, Key)>,
    due: VecDeque<(u64, Key)>,
}

impl Rooms {
    pub(super) fn new(lives: Lives) -> Self {
        Self { lives, sessions: HashMap::new(), groups: BTreeSet::new(), due: VecDeque::new() }
    }

    pub(super) fn has_room(&self) -> Result<(), Unavailable> {
        if self.sessions.len() < MOST {
            return Ok(());
        }
        Err(Unavailable::new("the session store", "it is full, so wait until sessions have ended", "it is full"))
    }

    pub(super) fn insert(&mut self, key: Key, kept: Kept, now: u64) {
        self.remove(&key);
        self.groups.extend(groups_of(&kept.session).map(|group| (group, key)));
        self.sessions.insert(key, kept);
        self.due.push_back((self.lives.idles_out_s(now), key));
    }

    /// Returns a session that is alive, and when it was used before.
    pub(super) fn find(&mut self, key: &Key, now: u64, slide: Slide) -> Option<(Kept, u64)> {
        let lives = self.lives;
        let kept = self.sessions.get_mut(key).filter(|kept| lives.is_alive(&kept.session, kept.used_s, now))?;
        let before = kept.used_s;
        if slide == Slide::Yes {
            kept.used_s = before.max(now);
        }
        Some((kept.clone(), before))
    }

    pub(super) fn renew(&mut self, key: &Key, session: Arc<Session>) -> bool {
        // A session that was ended while its tokens were fetched stays ended.
        let Some(kept) = self.sessions.get_mut(key) else { return false };
        kept.session = session;
        true
    }

    pub(super) fn remove(&mut self, key: &Key) -> bool {
        let Some(kept) = self.sessions.remove(key) else { return false };
        for group in groups_of(&kept.session) {
            self.groups.remove(&(group, *key));
        }
        true
    }

    pub(super) fn keys_of(&self, group: Key) -> Vec<Key> {
        let all = (group, Key::default())..=(group, [u8::MAX; 16]);
        self.groups.range(all).map(|(_, key)| *key).collect()
    }

    pub(super) fn members(&self, group: Key, now: u64) -> Vec<(Key, Kept)> {
        let alive = |kept: &&Kept| self.lives.is_alive(&kept.session, kept.used_s, now);
        let member = |key: Key| Some((key, self.sessions.get(&key).filter(alive)?.clone()));
        self.keys_of(group).into_iter().filter_map(member).collect()
    }

    /// Drops a few sessions that have died of age, and returns their keys.
    pub(super) fn sweep(&mut self, now: u64) -> Vec<Key> {
        let mut swept = Vec::new();
        for _ in 0..SWEPT_AT_ONCE {
            let Some((_, key)) = self.due.front().copied().filter(|(due_s, _)| *due_s <= now) else { break };
            self.due.pop_front();
            let Some(kept) = self.sessions.get(&key) else { continue };
            if self.lives.is_alive(&kept.session, kept.used_s, now) {
                self.due.push_back((self.lives.idles_out_s(kept.used_s), key));
            } else {
                self.remove(&key);
                swept.push(key);
            }
        }
        swept
    }

    /// Returns the keys of all sessions that have died of age; it looks at every one, so it is for the start.
    pub(super) fn dead(&self, now: u64) -> Vec<Key> {
        let dead = |kept: &Kept| !self.lives.is_alive(&kept.session, kept.used_s, now);
        self.sessions.iter().filter(|(_, kept)| dead(kept)).map(|(key, _)| *key).collect()
    }

    pub(super) fn set_used(&mut self, key: &Key, used_s: u64) {
        if let Some(kept) = self.sessions.get_mut(key) {
            kept.used_s = kept.used_s.max(used_s);
        }
    }

    pub(super) fn used(&self) -> impl Iterator<Item = (&Key, u64)> {
        self.sessions.iter().map(|(key, kept)| (key, kept.used_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::battery;
    use crate::session::sample;
    use crate::settings;

    fn rooms() -> Rooms {
        Rooms::new(Lives::new(&settings::Session::default()))
    }

    fn kept(now: u64) -> Kept {
        Kept::new(Arc::new(sample("alice", Some("x"), now)))
    }

    #[tokio::test]
    async fn passes_the_battery() {
        battery::all(|lives| Box::new(Memory::new(lives))).await;
    }

    #[test]
    fn what_has_died_is_dropped_a_few_at_a_time() {
        let mut rooms = rooms();
        for n in 0..10 {
            rooms.insert([n; 16], kept(100), 100);
        }
        assert_eq!(rooms.sweep(100 + 1_799).len(), 0);
        assert_eq!(rooms.sweep(100 + 1_800).len(), SWEPT_AT_ONCE);
        assert_eq!((rooms.sessions.len(), rooms.groups.len()), (6, 12));
        while !rooms.sweep(100 + 1_800).is_empty() {}
        assert_eq!((rooms.sessions.len(), rooms.groups.len(), rooms.due.len()), (0, 0, 0));
    }

    #[test]
    fn what_is_used_is_looked_at_again_and_kept() {
        let mut rooms = rooms();
        rooms.insert([1; 16], kept(100), 100);
        assert!(rooms.find(&[1; 16], 1_000, Slide::Yes).is_some());
        assert_eq!(rooms.sweep(1_900), Vec::<Key>::new());
        assert_eq!(rooms.due.front(), Some(&(2_800, [1; 16])));
        assert_eq!(rooms.sweep(2_800), [[1; 16]]);
    }

    #[test]
    fn a_key_that_is_used_again_leaves_the_old_session_nowhere() {
        let mut rooms = rooms();
        rooms.insert([1; 16], kept(100), 100);
        rooms.insert([1; 16], Kept::new(Arc::new(sample("bob", None, 100))), 100);
        assert_eq!(rooms.keys_of(crate::session::store::group_of_sub("alice")), Vec::<Key>::new());
        assert_eq!(rooms.groups.len(), 1);
    }

    /// performance.md: 2 kB a session with its ID token, held to 100 000 of them.
    #[test]
    fn a_session_weighs_at_most_2_kb() {
        // Every allocation costs what it holds, rounded up, and a word of the allocator's.
        let heap = |text: &str| (text.len() + 8).next_multiple_of(16);
        let (id_token, token, name) = ("i".repeat(900), "t".repeat(43), "n".repeat(36));
        let texts = [&id_token, &token, &token, &token, &name, &name, &name, &"u".repeat(120), &"s".repeat(40)];
        let texts: usize = texts.iter().map(|text| heap(text)).sum();
        let session = size_of::<Session>() + 2 * size_of::<usize>();
        // Tables grow by doubling, so they are seen at their emptiest; trees are at least half full.
        let tables = 2 * (size_of::<(Key, Kept)>() + 1 + size_of::<(u64, Key)>() + 2 * size_of::<(Key, Key)>());
        assert!(texts + session + tables <= 2_048, "{texts} + {session} + {tables}");
    }
}
