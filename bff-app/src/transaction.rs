//! Sign-ins under way. The browser holds an opaque cookie; state, nonce and verifier stay here.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long a sign-in may take, in seconds.
pub(crate) const LIFE_S: u64 = 900;
/// How many may be under way; the oldest goes first, so that nobody fills the memory.
const MOST: usize = 10_000;

/// One sign-in.
#[derive(Clone)]
pub(crate) struct Transaction {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    pub(crate) return_url: String,
    pub(crate) expires_s: u64,
}

#[derive(Default)]
pub(crate) struct Transactions(Mutex<HashMap<[u8; 32], Transaction>>);

impl Transactions {
    pub(crate) fn insert(&self, cookie: &str, transaction: Transaction, now: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, transaction| transaction.expires_s > now);
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, transaction)| transaction.expires_s).map(|(key, _)| *key)
        {
            all.remove(&oldest);
        }
        all.insert(hosting::sha256(cookie.as_bytes()), transaction);
    }

    /// Takes a sign-in out: it ends with its first answer, right or wrong.
    pub(crate) fn take(&self, cookie: &str, now: u64) -> Option<Transaction> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&hosting::sha256(cookie.as_bytes())).filter(|transaction| transaction.expires_s > now)
    }
}
