//! Keys that are not the published one, and headers that lead to them (RFC 8725 §2.10 and §3.10, RFC 7515 §10.7).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{IdTokenLie as Lie, Truth};
use crate::keys::{SigningAlgorithm, SigningKey, Typ};
use crate::misbehaviour::forgery::{self, EVIL, public_key};

/// Makes the token of a lie about the key.
pub(super) fn forge(truth: &Truth<'_>, lie: Lie) -> Option<String> {
    match lie {
        Lie::WrongKey => Some(another(truth).sign_texts(&truth.header().to_string(), &truth.claims.to_string())),
        Lie::EmbeddedJwk => Some(by_attacker(truth, |key| ("jwk", key.jwk().clone()))),
        Lie::Jku => Some(by_attacker(truth, |_| ("jku", json!(format!("{EVIL}/jwks"))))),
        Lie::X5u => Some(by_attacker(truth, |_| ("x5u", json!(format!("{EVIL}/certificates.pem"))))),
        Lie::X5c => Some(by_attacker(truth, |key| {
            // RFC 7515 §4.1.6: base64, not base64url.
            ("x5c", json!([STANDARD.encode(public_key::certificate(key.jwk()))]))
        })),
        Lie::KidPathTraversal => Some(with_secret(truth, "../../../../dev/null", b"")),
        Lie::KidSql => Some(with_secret(truth, "' UNION SELECT 'secret' -- ", b"secret")),
        Lie::KidUnknown => Some(another(truth).sign(Typ::Id, &truth.claims)),
        Lie::KidMissing => Some(truth.under(&json!({"alg": truth.key.algorithm.name(), "typ": Typ::Id.as_str()}))),
        Lie::KidOfAnotherKey => {
            let kid = another_published_kid(truth);
            Some(truth.under(&forgery::header(truth.key.algorithm.name(), Typ::Id.as_str(), &kid)))
        }
        _ => None,
    }
}

/// Makes a key that the attacker alone has.
fn another(truth: &Truth<'_>) -> SigningKey {
    SigningKey::generate(truth.key.algorithm)
}

/// Signs with the attacker's key, under a header that says where to find it.
fn by_attacker(truth: &Truth<'_>, hint: impl FnOnce(&SigningKey) -> (&'static str, Value)) -> String {
    let key = another(truth);
    let mut header = forgery::header(key.algorithm.name(), Typ::Id.as_str(), &key.kid);
    let (name, value) = hint(&key);
    header[name] = value;
    key.sign_texts(&header.to_string(), &truth.claims.to_string())
}

fn with_secret(truth: &Truth<'_>, kid: &str, secret: &[u8]) -> String {
    forgery::signed_with_secret(secret, &forgery::header("HS256", Typ::Id.as_str(), kid), &truth.claims)
}

/// Returns the identifier of a published key that did not sign; makes one where there is none.
fn another_published_kid(truth: &Truth<'_>) -> String {
    let jwks = truth.issuer.keys.jwks();
    let mut kids = jwks["keys"].as_array().into_iter().flatten().filter_map(|key| key["kid"].as_str());
    let another = kids.find(|kid| *kid != truth.key.kid).map(str::to_owned);
    another.unwrap_or_else(|| {
        // The two that are quick to make.
        let algorithm = match truth.key.algorithm {
            SigningAlgorithm::EdDsa => SigningAlgorithm::Es256,
            _ => SigningAlgorithm::EdDsa,
        };
        truth.issuer.keys.signing(algorithm).kid.clone()
    })
}
