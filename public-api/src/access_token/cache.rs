//! Introspection answers that are kept for a while; a revoked token lives on for as long as that (RFC 7662 §4).
//!
//! Good answers and bad ones are kept apart, each within a bound of its own: whoever sends tokens that nobody issued
//! neither fills the memory nor drives out what is known of good ones.

use std::sync::Arc;
use std::time::Duration;

use super::claims::Claims;
use super::generations::{Digest, Generations};
use crate::settings::{CacheKey, Introspection};

/// How many good answers are kept at most per life.
const GOOD: usize = 10_000;
/// How many bad ones.
const BAD: usize = 10_000;

pub(super) struct Cache {
    key: CacheKey,
    good: Option<Generations<Arc<Claims>>>,
    bad: Option<Generations<()>>,
    inactive: Arc<Claims>,
}

impl Cache {
    pub(super) fn new(settings: &Introspection) -> Self {
        let life = |seconds: u64| (seconds > 0).then(|| Duration::from_secs(seconds));
        Self {
            key: settings.cache_key,
            good: life(settings.cache_s).map(|life| Generations::new(life, GOOD)),
            bad: life(settings.negative_cache_s).map(|life| Generations::new(life, BAD)),
            inactive: Arc::default(),
        }
    }

    /// Returns what an answer about a token is found by, given the token's digest.
    pub(super) fn key(&self, token: &str, digest: Digest) -> Digest {
        match self.key {
            CacheKey::Token => digest,
            CacheKey::Prefix => {
                let first = token.bytes().take(8).collect::<Vec<u8>>();
                hosting::sha256(&first)
            }
        }
    }

    pub(super) fn get(&self, key: &Digest, now: Duration) -> Option<Arc<Claims>> {
        let good = self.good.as_ref().and_then(|good| good.get(key, now));
        good.or_else(|| self.bad.as_ref()?.get(key, now).map(|()| Arc::clone(&self.inactive)))
    }

    /// Keeps an answer, counted from when it was asked for, and never beyond the token's own end.
    pub(super) fn put(&self, key: Digest, asked: Duration, claims: &Arc<Claims>) {
        match (&self.good, &self.bad) {
            (Some(good), _) if claims.active => {
                let end = claims.expires_s().map_or(Duration::MAX, Duration::from_secs);
                good.put(key, end, Arc::clone(claims), asked);
            }
            (_, Some(bad)) if !claims.active => bad.put(key, Duration::MAX, (), asked),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(active: bool, exp: Option<u64>) -> Arc<Claims> {
        Arc::new(serde_json::from_value(serde_json::json!({"active": active, "exp": exp})).unwrap())
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_000_000 + seconds)
    }

    fn key(n: u64) -> Digest {
        hosting::sha256(&n.to_be_bytes())
    }

    #[test]
    fn keeps_nothing_unless_told_to() {
        let cache = Cache::new(&Introspection::default());
        for active in [true, false] {
            cache.put(key(1), at(0), &claims(active, None));
            assert!(cache.get(&key(1), at(0)).is_none());
        }
    }

    #[test]
    fn a_good_answer_ends_with_its_life_or_its_token() {
        let cache = Cache::new(&Introspection { cache_s: 30, ..Introspection::default() });
        cache.put(key(1), at(0), &claims(true, None));
        cache.put(key(2), at(0), &claims(true, Some(1_000_010)));
        assert!(cache.get(&key(1), at(29)).is_some_and(|kept| kept.active));
        assert!(cache.get(&key(1), at(30)).is_none());
        assert!(cache.get(&key(2), at(9)).is_some());
        assert!(cache.get(&key(2), at(10)).is_none());
    }

    #[test]
    fn a_flood_of_unknown_tokens_drives_out_no_good_answer() {
        let cache = Cache::new(&Introspection { cache_s: 30, negative_cache_s: 30, ..Introspection::default() });
        cache.put(key(0), at(0), &claims(true, None));
        let bad = claims(false, None);
        for n in 1..=30_000 {
            cache.put(key(n), at(1), &bad);
        }
        assert!(cache.get(&key(0), at(2)).is_some_and(|kept| kept.active));
        let kept = (1..=30_000).filter(|n| cache.get(&key(*n), at(2)).is_some()).count();
        assert_eq!(kept, BAD);
    }
}
