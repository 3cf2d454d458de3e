//! What is remembered in this process and outlives it: a replayed logout token is known after a restart too.

use std::sync::{Arc, Mutex};

use super::Drawer;
use super::memory::Drawers;
use super::shelf::{Entry, Shelf};
use crate::cannot_start::CannotStart;
use crate::storage::{Answer, Journal, Key, Note, Table, Unavailable, lock};

/// What is written down.
pub(super) struct Embedded {
    drawers: Mutex<Drawers>,
    journal: Arc<Journal>,
}

impl Embedded {
    /// Reads what was remembered when the process ended.
    ///
    /// # Errors
    ///
    /// [`CannotStart`] when the file cannot be read.
    pub(super) fn new(journal: Arc<Journal>, now: u64) -> Result<Self, CannotStart> {
        let mut drawers = Drawers::default();
        let mut fallen = Vec::new();
        journal.each(Table::Remembered, |key, sealed| {
            let entry = journal.unseal(Table::Remembered, &key, sealed).and_then(|plain| read(&plain));
            match entry.filter(|(_, entry)| now < entry.until_s) {
                Some((drawer, entry)) => fallen.extend(drawers.of(drawer).put(key, entry, drawer.most(), now)),
                None => fallen.push(key),
            }
        })?;
        let shelf = Self { drawers: Mutex::new(drawers), journal };
        shelf.strike(fallen);
        Ok(shelf)
    }

    fn strike(&self, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            self.journal.note(Table::Remembered, key, None);
        }
    }

    /// Notes a new entry; one that only saves a second request to the provider is not worth the disk.
    fn note(&self, drawer: Drawer, key: Key, entry: &Entry, fallen: Vec<Key>) -> Option<Note> {
        if drawer == Drawer::ApiToken {
            return None;
        }
        self.strike(fallen);
        let sealed = self.journal.seal(Table::Remembered, &key, &write(drawer, entry));
        Some(self.journal.note(Table::Remembered, key, Some(sealed)))
    }

    /// Waits until an entry is on the disk; one that does not get there was never put.
    async fn written(&self, drawer: Drawer, key: Key, note: Option<Note>) -> Result<(), Unavailable> {
        let Some(note) = note else { return Ok(()) };
        let written = self.journal.written(note).await;
        if written.is_err() {
            let mut drawers = lock(&self.drawers);
            drawers.of(drawer).take(&key, 0);
            self.strike([key]);
        }
        written
    }
}

impl Shelf for Embedded {
    fn put(&self, drawer: Drawer, key: Key, entry: Entry, now: u64) -> Answer<'_, ()> {
        Box::pin(async move {
            self.journal.ready()?;
            let note = {
                let mut drawers = lock(&self.drawers);
                let fallen = drawers.of(drawer).put(key, entry.clone(), drawer.most(), now);
                self.note(drawer, key, &entry, fallen)
            };
            self.written(drawer, key, note).await
        })
    }

    fn put_new(&self, drawer: Drawer, key: Key, entry: Entry, now: u64) -> Answer<'_, bool> {
        Box::pin(async move {
            self.journal.ready()?;
            let note = {
                let mut drawers = lock(&self.drawers);
                let Some(fallen) = drawers.of(drawer).put_new(key, entry.clone(), drawer.most(), now) else {
                    return Ok(false);
                };
                self.note(drawer, key, &entry, fallen)
            };
            self.written(drawer, key, note).await.map(|()| true)
        })
    }

    fn get(&self, drawer: Drawer, key: Key, now: u64) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(std::future::ready(Ok(lock(&self.drawers).of(drawer).get(&key, now))))
    }

    fn take(&self, drawer: Drawer, key: Key, now: u64) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let (value, note) = {
                let mut drawers = lock(&self.drawers);
                let Some(value) = drawers.of(drawer).take(&key, now) else { return Ok(None) };
                (value, self.journal.note(Table::Remembered, key, None))
            };
            self.journal.written(note).await?;
            Ok(Some(value))
        })
    }
}

/// Writes an entry: its drawer, when it is forgotten, its value.
fn write(drawer: Drawer, entry: &Entry) -> Vec<u8> {
    let mut plain = Vec::with_capacity(9 + entry.value.len());
    plain.push(drawer as u8);
    plain.extend_from_slice(&entry.until_s.to_be_bytes());
    plain.extend_from_slice(&entry.value);
    plain
}

/// Reads what [`write`] wrote.
fn read(plain: &[u8]) -> Option<(Drawer, Entry)> {
    let (drawer, rest) = plain.split_first()?;
    let (until_s, value) = rest.split_first_chunk()?;
    let drawer = *Drawer::ALL.get(usize::from(*drawer))?;
    Some((drawer, Entry { value: value.to_vec(), life_s: 0, until_s: u64::from_be_bytes(*until_s) }))
}
