//! The provider's public keys (RFC 7517 §5).

use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde_json::Value;

use super::cached::Cached;
use super::{Oidc, OidcError};

/// How long keys are kept, in seconds: one that the provider has withdrawn is refused as soon.
const LIFE_S: u64 = 600;
/// How long an unknown key makes nobody ask again after it did once, in seconds, so that a flood of them stays here.
const REST_S: u64 = 10;

/// The keys, and when an unknown one was last asked for.
#[derive(Default)]
pub(super) struct Keys {
    set: Cached<JwkSet>,
    asked_again_s: Mutex<Option<u64>>,
}

/// A set in which keys may be that nobody here understands.
#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl Oidc {
    /// Returns the keys, fetched on first use and after ten minutes.
    pub(super) async fn keys(&self) -> Result<Arc<JwkSet>, OidcError> {
        let now_s = self.handed.clock.now_s();
        self.keys.set.get(now_s, |fetched_s| now_s < fetched_s + LIFE_S, self.fetch_keys()).await
    }

    /// Returns the keys, fetched again for a key that is unknown, unless that was done a moment ago.
    pub(super) async fn keys_again(&self) -> Result<Arc<JwkSet>, OidcError> {
        let now_s = self.handed.clock.now_s();
        // Asked in turn, so that whoever comes second finds what the first one fetched.
        self.keys.set.in_turn(now_s, |_| self.keys.rest(now_s), self.fetch_keys()).await
    }

    async fn fetch_keys(&self) -> Result<JwkSet, OidcError> {
        let url = self.metadata().await?.jwks_uri.clone();
        let published: Published = self.document(&url).await?;
        // RFC 7517 §5: a key that is not understood is passed over, and does not spoil the others.
        let understood = published.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Ok(JwkSet { keys: understood.collect() })
    }
}

impl Keys {
    /// Tells whether the keys were asked for again a moment ago; if not, this is that moment.
    fn rest(&self, now_s: u64) -> bool {
        let mut last_s = self.asked_again_s.lock().unwrap_or_else(PoisonError::into_inner);
        let rests = last_s.is_some_and(|last_s| now_s < last_s + REST_S);
        if !rests {
            *last_s = Some(now_s);
        }
        rests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_makes_ask_again_once_in_ten_seconds() {
        let keys = Keys::default();
        let rests: Vec<bool> = [100, 100, 109, 110, 111].into_iter().map(|now| keys.rest(now)).collect();
        assert_eq!(rests, [false, true, true, false, true]);
    }
}
