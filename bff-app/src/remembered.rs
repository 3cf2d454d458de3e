//! What is remembered for a while, at every replica: sign-ins under way, tickets, and what must not be taken twice.

mod embedded;
mod memory;
mod redis;
mod shelf;

use std::sync::Arc;

use hosting::{Clock, Handed};
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::redis::RedisShelf;
use crate::cannot_start::CannotStart;
use crate::problem::Problem;
use crate::storage::{Backend, Key, key};
use embedded::Embedded;
use memory::Memory;
use shelf::{Entry, Shelf};

/// What kind of thing is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Drawer {
    /// Sign-ins under way.
    SignIn,
    /// Where a sign-out leads.
    Ticket,
    /// Logout tokens that were taken.
    LogoutToken,
    /// Sessions at the provider whose end was told.
    EndedSid,
    /// Tokens that were exchanged for an API.
    ApiToken,
    /// Sealed sessions that have ended.
    EndedSession,
    /// Orders that were carried out, by the name that their sender gave them.
    Order,
}

impl Drawer {
    const ALL: [Self; 7] = [
        Self::SignIn,
        Self::Ticket,
        Self::LogoutToken,
        Self::EndedSid,
        Self::ApiToken,
        Self::EndedSession,
        Self::Order,
    ];

    /// The drawer's name, which keeps equal keys of two drawers apart.
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Ticket => "ticket",
            Self::LogoutToken => "logout-token",
            Self::EndedSid => "ended-sid",
            Self::ApiToken => "api-token",
            Self::EndedSession => "ended-session",
            Self::Order => "order",
        }
    }

    /// How many entries a process keeps; of more, the oldest go first, so that nobody fills the memory.
    fn most(self) -> usize {
        match self {
            // What falls out here is signed in again.
            Self::EndedSession => 100_000,
            _ => 10_000,
        }
    }

    fn key(self, text: &str) -> Key {
        key(self.name(), text)
    }
}

/// The memory; clones share it.
#[derive(Clone)]
pub(crate) struct Remembered {
    shelf: Arc<dyn Shelf>,
    clock: Clock,
}

impl Remembered {
    /// Keeps what is remembered in the same place as sessions.
    ///
    /// # Errors
    ///
    /// [`CannotStart`] when the place cannot be read.
    pub(crate) fn on(backend: &Backend, handed: &Handed) -> Result<Self, CannotStart> {
        let shelf: Arc<dyn Shelf> = match backend {
            Backend::Memory => Arc::new(Memory::default()),
            Backend::Embedded(journal) => Arc::new(Embedded::new(Arc::clone(journal), handed.clock.now_s())?),
            Backend::Redis(redis) => Arc::new(RedisShelf::new(Arc::clone(redis))),
        };
        Ok(Self { shelf, clock: handed.clock.clone() })
    }

    /// Opens a place of its own, for the tests of those who remember.
    #[cfg(test)]
    pub(crate) fn new(
        config: &crate::Config,
        settings: &crate::settings::Settings,
        handed: &Handed,
    ) -> Result<Self, CannotStart> {
        Self::on(&Backend::open(config, settings)?, handed)
    }

    /// Remembers a value for so many seconds, instead of what was there.
    ///
    /// # Errors
    ///
    /// 503 when the store does not take it.
    pub(crate) async fn put<T: Serialize>(
        &self,
        drawer: Drawer,
        key: &str,
        value: &T,
        life_s: u64,
    ) -> Result<(), Problem> {
        let entry = self.entry(value, life_s);
        Ok(self.shelf.put(drawer, drawer.key(key), entry, self.clock.now_s()).await?)
    }

    /// Remembers that something was there, unless it was there already: of two who try, one is told that it is new.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer: whoever asks must then take it for known.
    pub(crate) async fn put_new(&self, drawer: Drawer, key: &str, life_s: u64) -> Result<bool, Problem> {
        let entry = self.entry(&(), life_s);
        Ok(self.shelf.put_new(drawer, drawer.key(key), entry, self.clock.now_s()).await?)
    }

    /// Returns a value and leaves it where it is.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn get<T: DeserializeOwned>(&self, drawer: Drawer, key: &str) -> Result<Option<T>, Problem> {
        let found = self.shelf.get(drawer, drawer.key(key), self.clock.now_s()).await?;
        Ok(found.and_then(|value| serde_json::from_slice(&value).ok()))
    }

    /// Takes a value out: of two who try, one gets it.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn take<T: DeserializeOwned>(&self, drawer: Drawer, key: &str) -> Result<Option<T>, Problem> {
        let found = self.shelf.take(drawer, drawer.key(key), self.clock.now_s()).await?;
        Ok(found.and_then(|value| serde_json::from_slice(&value).ok()))
    }

    fn entry<T: Serialize>(&self, value: &T, life_s: u64) -> Entry {
        let value = serde_json::to_vec(value).expect("what is remembered is plain data");
        Entry { value, life_s, until_s: self.clock.now_s().saturating_add(life_s) }
    }
}

#[cfg(test)]
mod tests;
