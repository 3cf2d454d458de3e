//! Introspection answers that are kept for a while; a revoked token lives on for as long as that (RFC 7662 §4).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hosting::{Clock, base64url, sha256};

use super::claims::Claims;
use crate::settings::{CacheKey, Introspection};

/// How many answers are kept at most, so that a caller with many tokens cannot fill the memory.
const CAPACITY: usize = 10_000;

pub(super) struct Cache {
    life: Duration,
    key: CacheKey,
    clock: Clock,
    answers: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    until: Duration,
    claims: Claims,
}

impl Cache {
    pub(super) fn new(settings: &Introspection, clock: Clock) -> Self {
        let life = Duration::from_secs(settings.cache_s);
        Self { life, key: settings.cache_key, clock, answers: Mutex::default() }
    }

    pub(super) fn get(&self, token: &str) -> Option<Claims> {
        if self.life.is_zero() {
            return None;
        }
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = answers.get(&self.key_of(token))?;
        (self.clock.now() < kept.until).then(|| kept.claims.clone())
    }

    pub(super) fn put(&self, token: &str, asked: Duration, claims: Claims) {
        if self.life.is_zero() {
            return;
        }
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= CAPACITY {
            let now = self.clock.now();
            answers.retain(|_, kept| now < kept.until);
        }
        if answers.len() < CAPACITY {
            answers.insert(self.key_of(token), Kept { until: asked + self.life, claims });
        }
    }

    fn key_of(&self, token: &str) -> String {
        match self.key {
            // The digest, so that the memory of this process is no place to collect tokens from.
            CacheKey::Token => base64url(&sha256(token.as_bytes())),
            CacheKey::Prefix => token.chars().take(8).collect(),
        }
    }
}
