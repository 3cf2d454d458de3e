//! Where that is kept which outlives a request: sessions, sign-ins under way, and what must not be taken twice.

mod journal;
mod key;
mod key_file;
mod redis;
mod seal;
mod unavailable;

#[cfg(test)]
#[path = "../tests/it/redis_server.rs"]
pub(crate) mod redis_server;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Config;
use crate::cannot_start::CannotStart;
use crate::settings::{SessionStore, Settings};

pub(crate) use self::redis::Redis;
pub(crate) use journal::{Journal, Note, Table};
pub(crate) use key::{Key, from_hex, hex, key};
pub(crate) use seal::Seal;
pub(crate) use unavailable::Unavailable;

/// How long a store may take to answer; who waits longer is refused.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What a store answers.
pub(crate) type Answer<'a, T> = futures_util::future::BoxFuture<'a, Result<T, Unavailable>>;

/// The place that the settings choose; clones share it.
#[derive(Clone)]
pub(crate) enum Backend {
    /// In this process, and gone with it.
    Memory,
    /// In this process, and in a file that outlives it.
    Embedded(Arc<Journal>),
    /// In Redis, for several replicas.
    Redis(Arc<Redis>),
}

impl Backend {
    /// Opens the place that the settings choose.
    ///
    /// # Errors
    ///
    /// [`CannotStart`] names what is missing: the file, the address, or the right key.
    pub(crate) fn open(config: &Config, settings: &Settings) -> Result<Self, CannotStart> {
        match settings.session.store {
            SessionStore::Memory | SessionStore::SealedCookie => Ok(Self::Memory),
            SessionStore::Embedded => Ok(Self::Embedded(Arc::new(Journal::open(&config.storage)?))),
            SessionStore::Redis => Ok(Self::Redis(Arc::new(Redis::new(&config.storage, &config.origin)?))),
        }
    }
}

/// Takes a lock; a panic elsewhere does not make what it guards unusable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
