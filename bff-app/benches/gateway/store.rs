//! Where the measured BFF keeps sessions.

use anyhow::{Result, bail};
use bff_app::{SessionStore, Storage};
use hosting::Secret;

/// A place for sessions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    /// The server's own memory.
    Memory,
    /// A file, with everything in memory too.
    Embedded,
    /// A Redis beside it.
    Redis,
}

impl Store {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Embedded => "embedded",
            Self::Redis => "redis",
        }
    }
}

/// Returns what the BFF is told about the store of this name; `place` is a file, or an address.
pub(crate) fn read(name: &str, place: &str) -> Result<(SessionStore, Storage)> {
    let storage = Storage::default();
    Ok(match name {
        "memory" => (SessionStore::Memory, storage),
        "embedded" => (SessionStore::Embedded, Storage { file: Some(place.into()), ..storage }),
        "redis" => (SessionStore::Redis, Storage { redis: Some(Secret::new(place)), ..storage }),
        _ => bail!("no such store: {name}"),
    })
}
