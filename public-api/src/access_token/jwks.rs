//! The issuer's published keys, fetched when they are needed and kept for a while.
//!
//! A key that was withdrawn is trusted for as long as the set is kept, and a new one is found by one more fetch.
//! Whoever sends tokens with invented key identifiers makes the API fetch once in a while, and not once a token.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use hosting::Clock;
use http::header;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;

use super::Refused;
use super::provider::{Provider, Unavailable, patiently};
use super::public_key::PublicKey;
use crate::settings::Switch;

/// How long a fetched set is trusted.
const KEPT: Duration = Duration::from_secs(300);
/// How long no other set is fetched after one was asked for.
const PAUSE: Duration = Duration::from_secs(10);
/// How many keys are tried where the token names none.
const TRIED: usize = 4;

/// Why there is no key for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The issuer publishes none.
    Unknown,
    /// What the issuer publishes is not known.
    Unavailable(Unavailable),
}

impl From<NoKey> for Refused {
    fn from(why: NoKey) -> Self {
        match why {
            NoKey::Unknown => Self::InvalidToken("the issuer publishes no key that signs like this"),
            NoKey::Unavailable(why) => Self::Unavailable(why.to_string()),
        }
    }
}

/// A set as it was published at a time.
pub(super) struct Set {
    keys: Vec<PublicKey>,
    at: Duration,
}

impl Set {
    /// Returns the keys that can have signed a token.
    pub(super) fn candidates<'a>(
        &'a self,
        kid: Option<&'a str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a PublicKey> {
        let is_named = move |key: &&PublicKey| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid));
        self.keys.iter().filter(is_named).filter(move |key| key.fits(algorithm)).take(TRIED)
    }

    fn has(&self, kid: Option<&str>, algorithm: Algorithm) -> bool {
        self.candidates(kid, algorithm).next().is_some()
    }
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

/// When a set was asked for last, and what went wrong.
struct Attempt {
    at: Duration,
    failed: Option<Unavailable>,
}

/// The issuer's published keys.
pub(super) struct Keys {
    provider: Arc<Provider>,
    clock: Clock,
    throttle: Switch,
    set: RwLock<Option<Arc<Set>>>,
    last: Mutex<Option<Attempt>>,
    /// One at a time fetches.
    turn: tokio::sync::Mutex<()>,
}

impl Keys {
    pub(super) fn new(provider: Arc<Provider>, clock: Clock, throttle: Switch) -> Self {
        let (set, last, turn) = (RwLock::default(), Mutex::default(), tokio::sync::Mutex::default());
        Self { provider, clock, throttle, set, last, turn }
    }

    /// Returns a set that has a key for a token.
    ///
    /// # Errors
    ///
    /// [`NoKey`] when the issuer publishes none, or does not answer.
    pub(super) async fn set_for(self: &Arc<Self>, kid: Option<&str>, algorithm: Algorithm) -> Result<Arc<Set>, NoKey> {
        if let Some(known) = self.known(kid, algorithm) {
            return known;
        }
        let (keys, kid) = (Arc::clone(self), kid.map(str::to_owned));
        // In a task of its own: a caller that hangs up must not end what all the others wait for.
        let fetched = tokio::spawn(async move { keys.fetched(kid.as_deref(), algorithm).await }).await;
        fetched.unwrap_or(Err(NoKey::Unavailable(Unavailable::Late)))
    }

    /// Returns what is known without another fetch: the set, or that it is too soon for one.
    fn known(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<Result<Arc<Set>, NoKey>> {
        let now = self.clock.now();
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(set) = set.filter(|set| now < set.at + KEPT && set.has(kid, algorithm)) {
            return Some(Ok(set));
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.as_ref().filter(|last| self.throttle.is_on() && now < last.at + PAUSE)?;
        Some(Err(last.failed.clone().map_or(NoKey::Unknown, NoKey::Unavailable)))
    }

    async fn fetched(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<Arc<Set>, NoKey> {
        let _turn = self.turn.lock().await;
        // Somebody else may have fetched meanwhile.
        if let Some(known) = self.known(kid, algorithm) {
            return known;
        }
        let at = self.clock.now();
        let published = patiently(self.fetch()).await;
        let failed = published.as_ref().err().cloned();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Attempt { at, failed });
        let keys = published.map_err(NoKey::Unavailable)?.keys.iter().filter_map(PublicKey::read).collect();
        let set = Arc::new(Set { keys, at });
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&set));
        if set.has(kid, algorithm) { Ok(set) } else { Err(NoKey::Unknown) }
    }

    async fn fetch(&self) -> Result<Published, Unavailable> {
        let uri = self.provider.jwks_uri().await?;
        let request = self.provider.client().get(uri).header(header::ACCEPT, "application/json").build();
        self.provider.exchange(request, "keys").await
    }
}
