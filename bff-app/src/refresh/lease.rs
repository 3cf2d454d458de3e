//! The right to refresh a session's tokens, which one replica has at a time.

use std::sync::Arc;
use std::time::Duration;

use ::redis::Script;
use hosting::random_token;

use crate::storage::{Backend, Redis, Unavailable, key};

/// When a replica that has died no longer keeps the others from refreshing, by Redis' own clock.
///
/// It outlasts the work that it guards, so that no refresh token is used twice (RFC 9700 §4.14.2).
pub(super) const LIFE: Duration = Duration::from_secs(45);
/// How often a replica looks whether another one has given it back.
const LOOK: Duration = Duration::from_millis(50);

/// Gives leases; a process that shares its sessions with no other needs none.
pub(super) struct Leases(Option<Shared>);

struct Shared {
    redis: Arc<Redis>,
    take: Script,
    give_back: Script,
}

impl Leases {
    pub(super) fn new(backend: &Backend) -> Self {
        let Backend::Redis(redis) = backend else { return Self(None) };
        Self(Some(Shared {
            redis: Arc::clone(redis),
            take: Script::new(include_str!("take.lua")),
            give_back: Script::new(include_str!("give_back.lua")),
        }))
    }

    /// Returns the lease of a session, which is not taken yet.
    pub(super) fn of(&self, session: &str) -> Lease<'_> {
        let shared = self.0.as_ref();
        let name = shared.map(|shared| shared.redis.name("lease", &key("session", session)));
        Lease { shared, name: name.unwrap_or_default(), holder: random_token() }
    }
}

/// The right to refresh one session's tokens.
pub(super) struct Lease<'a> {
    shared: Option<&'a Shared>,
    name: String,
    holder: String,
}

impl Lease<'_> {
    /// Waits until it is taken; the caller bounds the wait.
    pub(super) async fn wait(&self) -> Result<(), Unavailable> {
        let Some(shared) = self.shared else { return Ok(()) };
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            if self.take(shared).await? {
                return Ok(());
            }
        }
    }

    async fn take(&self, shared: &Shared) -> Result<bool, Unavailable> {
        let mut call = shared.take.key(self.name.as_str());
        call.arg(self.holder.as_str()).arg(u64::try_from(LIFE.as_millis()).unwrap_or(u64::MAX));
        Ok(shared.redis.run::<i64>(&call).await? == 1)
    }

    /// Gives it back, so that nobody has to wait until it ends.
    pub(super) async fn give_back(&self) {
        let Some(shared) = self.shared else { return };
        let mut call = shared.give_back.key(self.name.as_str());
        call.arg(self.holder.as_str());
        let _ = shared.redis.run::<()>(&call).await;
    }
}
