//! Sessions in this process that outlive it: kept in memory, and written down before anybody is told so.

use std::sync::{Arc, Mutex};

use super::Session;
use super::lives::Lives;
use super::memory::Rooms;
use super::store::{Kept, Slide, Store};
use crate::cannot_start::CannotStart;
use crate::storage::{Answer, Journal, Key, Note, Table, lock};

/// How exactly it is written down when a session was last used, in seconds. A crash can end one that much too early.
const USED_TO_S: u64 = 60;

/// Sessions that are written down.
pub(super) struct Embedded {
    rooms: Mutex<Rooms>,
    journal: Arc<Journal>,
}

impl Embedded {
    /// Reads what was kept when the process ended.
    ///
    /// # Errors
    ///
    /// [`CannotStart`] when the file cannot be read.
    pub(super) fn new(journal: Arc<Journal>, lives: Lives, now: u64) -> Result<Self, CannotStart> {
        let mut rooms = Rooms::new(lives);
        journal.each(Table::Sessions, |key, sealed| {
            let session = journal.unseal(Table::Sessions, &key, sealed);
            let session = session.and_then(|plain| serde_json::from_slice::<Session>(&plain).ok());
            if let Some(session) = session {
                rooms.insert(key, Kept::new(Arc::new(session)), now);
            } else {
                tracing::error!("a session in the session file is damaged, and has ended");
            }
        })?;
        journal.each(Table::Used, |key, used_s| {
            if let Ok(used_s) = used_s.try_into() {
                rooms.set_used(&key, u64::from_be_bytes(used_s));
            }
        })?;
        for key in rooms.dead(now) {
            rooms.remove(&key);
            strike(&journal, key);
        }
        Ok(Self { rooms: Mutex::new(rooms), journal })
    }

    fn sweep(&self, rooms: &mut Rooms, now: u64) {
        for key in rooms.sweep(now) {
            strike(&self.journal, key);
        }
    }

    fn note_use(&self, key: Key, used_s: u64) -> Note {
        self.journal.note(Table::Used, key, Some(used_s.to_be_bytes().to_vec()))
    }

    fn write(&self, key: Key, session: &Session) -> Note {
        let plain = serde_json::to_vec(session).expect("a session is plain data");
        self.journal.note(Table::Sessions, key, Some(self.journal.seal(Table::Sessions, &key, &plain)))
    }
}

/// Notes that a session is gone.
fn strike(journal: &Journal, key: Key) -> Note {
    journal.note(Table::Used, key, None);
    journal.note(Table::Sessions, key, None)
}

impl Store for Embedded {
    fn insert(&self, key: Key, session: Arc<Session>, now: u64) -> Answer<'_, ()> {
        Box::pin(async move {
            self.journal.ready()?;
            let note = {
                let mut rooms = lock(&self.rooms);
                self.sweep(&mut rooms, now);
                rooms.has_room()?;
                rooms.insert(key, Kept::new(Arc::clone(&session)), now);
                self.journal.note(Table::Used, key, None);
                self.write(key, &session)
            };
            let written = self.journal.written(note).await;
            if written.is_err() {
                // Nobody was told of it.
                let mut rooms = lock(&self.rooms);
                rooms.remove(&key);
                strike(&self.journal, key);
            }
            written
        })
    }

    fn find(&self, key: Key, now: u64, slide: Slide) -> Answer<'_, Option<Kept>> {
        Box::pin(async move {
            let (kept, note) = {
                let mut rooms = lock(&self.rooms);
                self.sweep(&mut rooms, now);
                let Some((kept, before)) = rooms.find(&key, now, slide) else { return Ok(None) };
                let is_news = before / USED_TO_S != kept.used_s / USED_TO_S;
                let note = is_news.then(|| self.note_use(key, kept.used_s));
                (kept, note)
            };
            if let Some(note) = note {
                self.journal.written(note).await?;
            }
            Ok(Some(kept))
        })
    }

    fn renew(&self, key: Key, session: Arc<Session>) -> Answer<'_, bool> {
        Box::pin(async move {
            let note = {
                let mut rooms = lock(&self.rooms);
                if !rooms.renew(&key, Arc::clone(&session)) {
                    return Ok(false);
                }
                self.write(key, &session)
            };
            self.journal.written(note).await.map(|()| true)
        })
    }

    fn end(&self, key: Key) -> Answer<'_, bool> {
        Box::pin(async move {
            let note = {
                let mut rooms = lock(&self.rooms);
                if !rooms.remove(&key) {
                    return Ok(false);
                }
                strike(&self.journal, key)
            };
            self.journal.written(note).await.map(|()| true)
        })
    }

    fn end_group(&self, group: Key) -> Answer<'_, usize> {
        Box::pin(async move {
            let notes: Vec<_> = {
                let mut rooms = lock(&self.rooms);
                let keys = rooms.keys_of(group);
                keys.into_iter().filter(|key| rooms.remove(key)).map(|key| strike(&self.journal, key)).collect()
            };
            if let Some(last) = notes.last() {
                self.journal.written(*last).await?;
            }
            Ok(notes.len())
        })
    }

    fn members(&self, group: Key, now: u64) -> Answer<'_, Vec<(Key, Kept)>> {
        Box::pin(std::future::ready(Ok(lock(&self.rooms).members(group, now))))
    }
}

impl Drop for Embedded {
    /// Notes to the second when sessions were last used; the journal writes it as its own last act.
    fn drop(&mut self) {
        for (key, used_s) in lock(&self.rooms).used() {
            self.note_use(*key, used_s);
        }
    }
}

#[cfg(test)]
mod tests;
