//! What a place must be able to do with what is remembered.

use super::Drawer;
use crate::storage::{Answer, Key};

/// What is put on a shelf.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: Vec<u8>,
    pub(super) life_s: u64,
    /// When it is forgotten, in seconds since 1970 by our clock.
    pub(super) until_s: u64,
}

/// A place where values lie under digests for a while. Every change is one step.
pub(super) trait Shelf: Send + Sync {
    /// Puts a value there, instead of what was there.
    fn put(&self, drawer: Drawer, key: Key, entry: Entry, now: u64) -> Answer<'_, ()>;

    /// Puts a value where nothing is; tells whether it did.
    fn put_new(&self, drawer: Drawer, key: Key, entry: Entry, now: u64) -> Answer<'_, bool>;

    /// Returns a value that is not forgotten yet.
    fn get(&self, drawer: Drawer, key: Key, now: u64) -> Answer<'_, Option<Vec<u8>>>;

    /// Takes it out.
    fn take(&self, drawer: Drawer, key: Key, now: u64) -> Answer<'_, Option<Vec<u8>>>;
}
