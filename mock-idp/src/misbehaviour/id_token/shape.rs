//! Tokens that are out of shape: the signature, the header's demands, the length (RFC 7515 §5.2 and §7.1).

use serde_json::{Value, json};

use super::{IdTokenLie as Lie, Truth};
use crate::keys::Typ;
use crate::misbehaviour::forgery;

/// How many characters the claim has that makes a token long: base64 makes 200 kB of them.
const LONG: usize = 150_000;

/// Makes the token of a lie about the shape.
pub(super) fn forge(truth: &Truth<'_>, lie: Lie) -> Option<String> {
    match lie {
        Lie::SignatureTruncated => Some(with_signature(truth, |signature| signature[..signature.len() / 2].to_owned())),
        Lie::SignatureEmpty => Some(with_signature(truth, |_| String::new())),
        Lie::SignatureTwice => Some(with_signature(truth, |signature| format!("{signature}.{signature}"))),
        Lie::SignatureOfOtherClaims => Some(changed_after_signing(truth)),
        Lie::CritUnknown => {
            let mut header = truth.header();
            header["crit"] = json!(["urn:versus:unknown"]);
            header["urn:versus:unknown"] = json!(true);
            Some(truth.under(&header))
        }
        Lie::TypLogout => Some(truth.key.sign(Typ::Logout, &truth.claims)),
        Lie::TypAccess => Some(truth.key.sign(Typ::Access, &truth.claims)),
        Lie::NotAJwt => Some("this is not a token".to_owned()),
        Lie::Empty => Some(String::new()),
        Lie::Huge => {
            let mut claims = truth.claims.clone();
            claims["padding"] = json!("x".repeat(LONG));
            Some(truth.key.sign(Typ::Id, &claims))
        }
        Lie::Encrypted => Some(forgery::encrypted()),
        _ => None,
    }
}

fn with_signature(truth: &Truth<'_>, change: impl FnOnce(&str) -> String) -> String {
    let token = truth.key.sign(Typ::Id, &truth.claims);
    let (signed, signature) = token.rsplit_once('.').expect("a signed token has a signature");
    format!("{signed}.{}", change(signature))
}

fn changed_after_signing(truth: &Truth<'_>) -> String {
    let token = truth.key.sign(Typ::Id, &truth.claims);
    let parts: Vec<&str> = token.split('.').collect();
    let sub = truth.claims["sub"].as_str().unwrap_or_default();
    let mut claims = truth.claims.clone();
    claims["sub"] = Value::String(forgery::another_user(truth.issuer, sub).sub.clone());
    format!("{}.{}.{}", parts[0], hosting::base64url(claims.to_string().as_bytes()), parts[2])
}
