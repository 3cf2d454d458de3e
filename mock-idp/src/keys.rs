//! The provider's signing keys: one per algorithm, made on first use, and rotated on demand.
//!
//! A key that was replaced stays published, so that tokens that it signed can still be verified, until it is withdrawn
//! or eight newer ones of its algorithm have been replaced as well.

mod signing_key;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::body::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use crate::config::Role;
pub use signing_key::SigningAlgorithm;
pub(crate) use signing_key::SigningKey;

/// What a JWT of ours is for, as its `typ` says it, so that none can be taken for another (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typ {
    /// An ID token.
    Id,
    /// An access token (RFC 9068 §2.1).
    Access,
    /// A logout token (OpenID Connect Back-Channel Logout 1.0 §2.4).
    Logout,
}

impl Typ {
    /// Every type, in the order of their numbers.
    const ALL: [Self; 3] = [Self::Id, Self::Access, Self::Logout];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Id => "JWT",
            Self::Access => "at+jwt",
            Self::Logout => "logout+jwt",
        }
    }
}

/// How many keys of one algorithm that were replaced stay published at most.
const REPLACED: usize = 8;

/// The keys of one provider.
pub(crate) struct Keys {
    role: Role,
    /// In the order in which they were made; the newest of an algorithm signs.
    all: RwLock<Vec<Arc<SigningKey>>>,
    /// The JWK set, until a key is made or withdrawn.
    published: Mutex<Option<Bytes>>,
}

impl Keys {
    pub(crate) fn new(role: Role) -> Self {
        let first = Arc::new(SigningKey::generate(SigningAlgorithm::Es256));
        Self { role, all: RwLock::new(vec![first]), published: Mutex::default() }
    }

    /// Returns the key that signs with this algorithm now.
    pub(crate) fn signing(&self, algorithm: SigningAlgorithm) -> Arc<SigningKey> {
        if let Some(key) = self.newest(algorithm) {
            return key;
        }
        let key = first(self.role, algorithm);
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been first.
        if let Some(key) = all.iter().rev().find(|key| key.algorithm == algorithm) {
            return Arc::clone(key);
        }
        all.push(Arc::clone(&key));
        drop(all);
        self.forget_published();
        key
    }

    fn newest(&self, algorithm: SigningAlgorithm) -> Option<Arc<SigningKey>> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().rev().find(|key| key.algorithm == algorithm).cloned()
    }

    /// Signs claims as a JWT of this type.
    pub(crate) fn sign(&self, algorithm: SigningAlgorithm, typ: Typ, claims: &impl Serialize) -> String {
        self.signing(algorithm).sign(typ, claims)
    }

    /// Returns the claims of a JWT of this type that a published key signed, whether it has expired or not.
    pub(crate) fn open(&self, typ: Typ, jwt: &str) -> Option<Value> {
        let keys = self.all.read().unwrap_or_else(PoisonError::into_inner).clone();
        keys.iter().find_map(|key| key.open(typ, jwt))
    }

    /// Counts the keys, replaced ones included.
    pub(crate) fn len(&self) -> usize {
        self.all.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Makes a new key for every algorithm in use; the old ones stay published, the eight last of each algorithm at most.
    pub(crate) fn rotate(&self) {
        // Made before anybody has to wait: an RSA key takes its time.
        let in_use = SigningAlgorithm::ALL.iter().filter(|algorithm| self.newest(**algorithm).is_some());
        let made: Vec<_> = in_use.map(|algorithm| Arc::new(SigningKey::generate(*algorithm))).collect();
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        all.extend(made);
        for algorithm in SigningAlgorithm::ALL {
            let of_it = all.iter().filter(|key| key.algorithm == *algorithm).count();
            let mut too_many = of_it.saturating_sub(REPLACED + 1);
            all.retain(|key| {
                let goes = key.algorithm == *algorithm && too_many > 0;
                too_many -= usize::from(goes);
                !goes
            });
        }
        drop(all);
        self.forget_published();
    }

    /// Withdraws every key that was replaced.
    pub(crate) fn withdraw_replaced(&self) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let newest = |algorithm| all.iter().rev().find(|key| key.algorithm == algorithm).cloned();
        *all = SigningAlgorithm::ALL.iter().filter_map(|algorithm| newest(*algorithm)).collect();
        drop(all);
        self.forget_published();
    }

    /// Returns the public keys as a JWK set (RFC 7517 §5).
    pub(crate) fn jwks(&self) -> Value {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        json!({"keys": all.iter().map(|key| key.jwk()).collect::<Vec<_>>()})
    }

    /// Returns the JWK set as it is sent.
    pub(crate) fn published(&self) -> Bytes {
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.get_or_insert_with(|| self.jwks().to_string().into()).clone()
    }

    /// Never called with the keys locked: whoever renders the set holds the other lock first.
    fn forget_published(&self) {
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

type ByRole = HashMap<(Role, SigningAlgorithm), Arc<SigningKey>>;

/// Returns the first key of an algorithm; an RSA key costs 45 to 207 ms, so providers of one role share it in a process.
fn first(role: Role, algorithm: SigningAlgorithm) -> Arc<SigningKey> {
    static RSA: Mutex<Option<ByRole>> = Mutex::new(None);
    if !algorithm.is_rsa() {
        return Arc::new(SigningKey::generate(algorithm));
    }
    let mut made = RSA.lock().unwrap_or_else(PoisonError::into_inner);
    let made = made.get_or_insert_with(ByRole::new);
    Arc::clone(made.entry((role, algorithm)).or_insert_with(|| Arc::new(SigningKey::generate(algorithm))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_key_verifies_until_it_is_withdrawn() {
        let keys = Keys::new(Role::Honest);
        let jwt = keys.sign(SigningAlgorithm::Es256, Typ::Id, &json!({"sub": "1"}));
        keys.rotate();
        assert_eq!(keys.jwks()["keys"].as_array().unwrap().len(), 2);
        let newer = keys.sign(SigningAlgorithm::Es256, Typ::Id, &json!({"sub": "2"}));
        assert!(keys.open(Typ::Id, &jwt).is_some() && keys.open(Typ::Id, &newer).is_some());
        keys.withdraw_replaced();
        assert!(keys.open(Typ::Id, &jwt).is_none() && keys.open(Typ::Id, &newer).is_some());
    }

    #[test]
    fn no_more_than_eight_replaced_keys_are_published() {
        let keys = Keys::new(Role::Honest);
        let oldest = keys.sign(SigningAlgorithm::Es256, Typ::Id, &json!({"sub": "1"}));
        keys.rotate();
        let second = keys.sign(SigningAlgorithm::Es256, Typ::Id, &json!({"sub": "2"}));
        (0..REPLACED).for_each(|_| keys.rotate());
        assert_eq!(keys.len(), REPLACED + 1);
        assert!(keys.open(Typ::Id, &oldest).is_none() && keys.open(Typ::Id, &second).is_some());
    }

    #[test]
    fn reading_the_set_and_rotating_the_keys_do_not_wait_for_each_other() {
        let keys = Keys::new(Role::Honest);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..200).for_each(|_| keys.rotate()));
                scope.spawn(|| (0..200).for_each(|_| assert!(!keys.published().is_empty())));
                scope.spawn(|| (0..200).for_each(|_| keys.withdraw_replaced()));
            }
        });
        keys.withdraw_replaced();
        assert_eq!(keys.jwks()["keys"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn an_algorithm_that_nobody_uses_has_no_key() {
        let keys = Keys::new(Role::Honest);
        assert_eq!(keys.jwks()["keys"].as_array().unwrap().len(), 1);
        keys.signing(SigningAlgorithm::EdDsa);
        assert_eq!(keys.jwks()["keys"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn providers_of_one_role_share_their_rsa_key_and_no_other() {
        let kid = |role, algorithm| Keys::new(role).signing(algorithm).kid.clone();
        let (honest, hostile) = (Role::Honest, Role::Hostile);
        assert_eq!(kid(honest, SigningAlgorithm::Rs256), kid(honest, SigningAlgorithm::Rs256));
        assert_ne!(kid(honest, SigningAlgorithm::Rs256), kid(hostile, SigningAlgorithm::Rs256));
        assert_ne!(kid(honest, SigningAlgorithm::Es256), kid(honest, SigningAlgorithm::Es256));
    }
}
