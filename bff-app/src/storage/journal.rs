//! The file that outlives the process (redb). What is kept in memory is written down here, in the order of its changes.
//!
//! Reading costs nothing: everything is read once, at the start. Writing is shared: whoever waits for the disk finds
//! that the one before has written for both. A crash loses what nobody was told is kept, and nothing else.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::{Key, LONGEST_WAIT, Seal, Unavailable, key, key_file, lock};
use crate::cannot_start::CannotStart;
use crate::config::Storage;

/// How much of the file redb keeps in memory, in bytes: little, because nothing is read twice.
const CACHE: usize = 4 * 1024 * 1024;
/// How many changes may wait for a disk that takes none.
const MOST_WAITING: usize = 10_000;
/// What tells whether a key is the file's own.
const CHECK: &[u8] = b"sealed with this key";

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;
type Changes = HashMap<(Table, Key), Option<Vec<u8>>>;

/// What is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Table {
    /// What the file says about itself.
    About,
    /// Sessions, sealed.
    Sessions,
    /// When sessions were last used, in seconds since 1970.
    Used,
    /// What is remembered for a while, sealed.
    Remembered,
}

impl Table {
    const ALL: [Self; 4] = [Self::About, Self::Sessions, Self::Used, Self::Remembered];

    fn definition(self) -> Definition {
        TableDefinition::new(match self {
            Self::About => "about",
            Self::Sessions => "sessions",
            Self::Used => "used",
            Self::Remembered => "remembered",
        })
    }
}

/// A change that was noted, and is written when [`Journal::written`] says so.
#[derive(Clone, Copy)]
pub(crate) struct Note(u64);

/// The file.
pub(crate) struct Journal {
    database: Database,
    seal: Seal,
    waiting: Mutex<Waiting>,
    /// Lets one thread write while the others wait without one.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Keeps the order of changes: who writes takes what waits, and nobody else does meanwhile.
    pen: Mutex<()>,
    written: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    changes: Changes,
    last: u64,
}

impl Journal {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    ///
    /// [`CannotStart`] when no file is named, when it cannot be opened, or when it was sealed with another key.
    pub(crate) fn open(storage: &Storage) -> Result<Self, CannotStart> {
        let unnamed = "session.store = embedded keeps sessions in a file: name it in storage.file";
        let path = storage.file.as_deref().ok_or_else(|| CannotStart::Storage(unnamed.to_owned()))?;
        let database = database(path).map_err(|why| {
            CannotStart::Storage(format!("the session file {} cannot be opened: {why}", path.display()))
        })?;
        let shared = storage.key.map_or_else(|| key_file::read_or_make(path), Ok)?;
        let journal = Self {
            database,
            seal: Seal::new(&shared, "session file"),
            waiting: Mutex::default(),
            turn: Arc::default(),
            pen: Mutex::default(),
            written: AtomicU64::new(0),
        };
        journal.check_key().map_err(|why| CannotStart::Key(format!("{}: {why}", path.display())))?;
        Ok(journal)
    }

    /// Seals a value for its place.
    pub(crate) fn seal(&self, table: Table, key: &Key, plain: &[u8]) -> Vec<u8> {
        self.seal.seal(plain, &place(table, key))
    }

    /// Opens what was sealed for its place.
    pub(crate) fn unseal(&self, table: Table, key: &Key, sealed: &[u8]) -> Option<Vec<u8>> {
        self.seal.open(sealed, &place(table, key))
    }

    /// Shows every entry of a table.
    pub(crate) fn each(&self, table: Table, mut see: impl FnMut(Key, &[u8])) -> Result<(), CannotStart> {
        let unreadable = |why: String| CannotStart::Storage(format!("the session file cannot be read: {why}"));
        let reading = self.database.begin_read().map_err(text).map_err(unreadable)?;
        let table = reading.open_table(table.definition()).map_err(text).map_err(unreadable)?;
        for entry in table.iter().map_err(text).map_err(unreadable)? {
            let (key, value) = entry.map_err(text).map_err(unreadable)?;
            if let Ok(key) = Key::try_from(key.value()) {
                see(key, value.value());
            }
        }
        Ok(())
    }

    /// Lets something new begin, unless too much waits for the disk already.
    pub(crate) fn ready(&self) -> Result<(), Unavailable> {
        if lock(&self.waiting).changes.len() < MOST_WAITING {
            return Ok(());
        }
        Err(unavailable("too much waits for it".to_owned()))
    }

    /// Notes a change; call it under the lock of what has changed, so that the file changes in the same order.
    pub(crate) fn note(&self, table: Table, key: Key, value: Option<Vec<u8>>) -> Note {
        let mut waiting = lock(&self.waiting);
        waiting.changes.insert((table, key), value);
        waiting.last += 1;
        Note(waiting.last)
    }

    /// Waits until a change is on the disk.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the disk does not take it, or not in time; it may then be written later, or never.
    pub(crate) async fn written(self: &Arc<Self>, note: Note) -> Result<(), Unavailable> {
        let late = || Err(unavailable(format!("it takes longer than {LONGEST_WAIT:?}")));
        tokio::time::timeout(LONGEST_WAIT, self.wait_for(note)).await.unwrap_or_else(|_| late())
    }

    async fn wait_for(self: &Arc<Self>, note: Note) -> Result<(), Unavailable> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if self.written.load(Ordering::Acquire) >= note.0 {
            return Ok(());
        }
        let journal = Arc::clone(self);
        let writing = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            journal.write_waiting()
        });
        writing.await.unwrap_or_else(|error| Err(text(error))).map_err(unavailable)
    }

    /// Writes what waits in one transaction; when it returns, that survives a crash.
    fn write_waiting(&self) -> Result<(), String> {
        let _pen = lock(&self.pen);
        let (changes, last) = {
            let mut waiting = lock(&self.waiting);
            (std::mem::take(&mut waiting.changes), waiting.last)
        };
        let done = self.write(&changes);
        if done.is_ok() {
            self.written.store(last, Ordering::Release);
        } else {
            let mut waiting = lock(&self.waiting);
            for (place, value) in changes {
                // What has changed again since is newer.
                waiting.changes.entry(place).or_insert(value);
            }
        }
        done
    }

    fn write(&self, changes: &Changes) -> Result<(), String> {
        if changes.is_empty() {
            return Ok(());
        }
        let transaction = self.database.begin_write().map_err(text)?;
        for table in Table::ALL {
            let mut open = transaction.open_table(table.definition()).map_err(text)?;
            for ((_, key), value) in changes.iter().filter(|((of, _), _)| *of == table) {
                match value {
                    Some(value) => drop(open.insert(key.as_slice(), value.as_slice()).map_err(text)?),
                    None => drop(open.remove(key.as_slice()).map_err(text)?),
                }
            }
        }
        transaction.commit().map_err(text)
    }

    /// Refuses a key that is not the file's own, before everybody is signed out by it.
    fn check_key(&self) -> Result<(), String> {
        let name = key("about", "check");
        // A new file has no tables yet.
        if !self.has_tables() {
            self.note(Table::About, name, Some(self.seal(Table::About, &name, CHECK)));
            return self.write_waiting();
        }
        let mut is_own = false;
        let check = |key: Key, value: &[u8]| {
            is_own |= key == name && self.unseal(Table::About, &name, value).is_some_and(|plain| plain == CHECK);
        };
        self.each(Table::About, check).map_err(text)?;
        if is_own {
            return Ok(());
        }
        Err("it was sealed with another key: give that one as storage.key, or name another file".to_owned())
    }

    fn has_tables(&self) -> bool {
        let Ok(reading) = self.database.begin_read() else { return false };
        reading.open_table(Table::About.definition()).is_ok()
    }
}

impl Drop for Journal {
    /// Writes what nobody waited for: when sessions were last used.
    fn drop(&mut self) {
        if let Err(why) = self.write_waiting() {
            tracing::error!(%why, "the session file is not up to date");
        }
    }
}

fn database(path: &Path) -> Result<Database, String> {
    // Made here, because redb would let everybody read it.
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map_err(text)?;
    Database::builder().set_cache_size(CACHE).create(path).map_err(text)
}

fn place(table: Table, key: &Key) -> [u8; 17] {
    let mut place = [0; 17];
    place[0] = table as u8;
    place[1..].copy_from_slice(key);
    place
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn unavailable(why: String) -> Unavailable {
    Unavailable::new("the session file", "see that its disk has room and can be written, then start again", why)
}
