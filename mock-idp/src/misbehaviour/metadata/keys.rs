//! Keys that are not the provider's, or say too little or too much of themselves.

use hosting::Kind;
use serde_json::{Value, json};

use super::MetadataLie as Lie;
use crate::issuer::Issuer;
use crate::keys::{SigningAlgorithm, SigningKey};

/// How many keys nobody can have used.
const THOUSANDS: usize = 5_000;

/// Changes the published keys as the lie says.
pub(super) fn change(issuer: &Issuer, lie: Lie, keys: &mut Vec<Value>) {
    match lie {
        Lie::KeysSwapped => *keys = keys.iter().map(another_like).collect(),
        Lie::KeysSwappedUnderTheirKid => *keys = keys.iter().map(another_under_its_kid).collect(),
        Lie::KeysByTheThousand => {
            let mut all: Vec<Value> = (0..THOUSANDS).map(|_| another(SigningAlgorithm::Es256)).collect();
            all.append(keys);
            *keys = all;
        }
        Lie::KidCollision => *keys = keys.iter().flat_map(|key| [another_under_its_kid(key), key.clone()]).collect(),
        Lie::KidMissing => remove(keys, "kid"),
        Lie::UseMissing => remove(keys, "use"),
        Lie::AlgMissing => remove(keys, "alg"),
        Lie::PrivateKeyPublished => {
            for key in keys {
                // Random, and of the right length for an elliptic curve: that it is there at all is what must be seen.
                key["d"] = json!(issuer.mint(Kind::ClientSecret));
            }
        }
        Lie::SymmetricKeyPublished => {
            let secret = issuer.mint(Kind::ClientSecret);
            keys.insert(0, json!({"kty": "oct", "k": secret, "alg": "HS256", "use": "sig", "kid": "symmetric"}));
        }
        Lie::JwksEmpty => keys.clear(),
        _ => {}
    }
}

fn another(algorithm: SigningAlgorithm) -> Value {
    SigningKey::generate(algorithm).jwk().clone()
}

/// Makes another key of the same algorithm.
fn another_like(key: &Value) -> Value {
    let algorithm = SigningAlgorithm::ALL.iter().find(|algorithm| key["alg"] == algorithm.name());
    another(algorithm.copied().unwrap_or_default())
}

fn another_under_its_kid(key: &Value) -> Value {
    let mut another = another_like(key);
    another["kid"] = key["kid"].clone();
    another
}

fn remove(keys: &mut [Value], member: &str) {
    for members in keys.iter_mut().filter_map(Value::as_object_mut) {
        members.remove(member);
    }
}
