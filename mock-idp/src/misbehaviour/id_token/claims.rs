//! Claims that are wrong, missing or twice there, in a token that the right key signed (OpenID Connect Core 1.0 §2).

use std::sync::{Arc, PoisonError};

use serde_json::{Value, json};

use super::{IdTokenLie as Lie, Truth, times};
use crate::keys::Typ;
use crate::misbehaviour::forgery::{self, EVIL};
use crate::users::User;

/// What becomes of some claims: a new value, or nothing.
pub(super) type Changes = Vec<(&'static str, Option<Value>)>;

/// Makes the token of a lie about claims.
pub(super) fn forge(truth: &Truth<'_>, lie: Lie) -> Option<String> {
    if let Some(payload) = twice(truth, lie) {
        return Some(truth.key.sign_texts(&truth.header().to_string(), &payload));
    }
    let changes = issuer_and_audience(truth, lie)
        .or_else(|| user(truth, lie))
        .or_else(|| sign_in(truth, lie))
        .or_else(|| profile(truth, lie))
        .or_else(|| times::changes(truth.issuer.now_s(), lie))?;
    let mut claims = truth.claims.clone();
    let members = claims.as_object_mut().expect("claims are an object");
    for (name, value) in changes {
        match value {
            Some(value) => members.insert(name.to_owned(), value),
            None => members.remove(name),
        };
    }
    Some(truth.key.sign(Typ::Id, &claims))
}

/// Says that a claim has another value.
pub(super) fn set(name: &'static str, value: Value) -> Changes {
    vec![(name, Some(value))]
}

/// Says that a claim is not there.
pub(super) fn without(name: &'static str) -> Changes {
    vec![(name, None)]
}

/// Writes a claim twice, which a JSON value cannot hold.
///
/// Source: RFC 7519 §4, whoever reads it refuses it, or takes the last one.
fn twice(truth: &Truth<'_>, lie: Lie) -> Option<String> {
    let claims = truth.claims.to_string();
    let (begin, end) = (&claims[..claims.len() - 1], &claims[1..]);
    match lie {
        Lie::SubTwice => Some(format!("{begin},\"sub\":{}}}", json!(another_user(truth).sub))),
        Lie::NonceTwice => Some(format!("{{\"nonce\":{},{end}", json!(hosting::random_token()))),
        Lie::IssTwice => Some(format!("{{\"iss\":{},{end}", json!(EVIL))),
        _ => None,
    }
}

fn issuer_and_audience(truth: &Truth<'_>, lie: Lie) -> Option<Changes> {
    let own = truth.issuer.config.issuer.as_str();
    let ours = &truth.claims["aud"];
    let other = || json!(forgery::another_client(truth.issuer, ours.as_str().unwrap_or_default()));
    let several = || ("aud", Some(json!([ours, other()])));
    match lie {
        Lie::IssWrong => Some(set("iss", json!(EVIL))),
        Lie::IssMissing => Some(without("iss")),
        Lie::IssTrailingSlash => Some(set("iss", json!(format!("{own}/")))),
        Lie::SubOfAnotherIssuer => Some(set("iss", json!(format!("{own}/another-tenant")))),
        Lie::AudWrong => Some(set("aud", other())),
        Lie::AudMissing => Some(without("aud")),
        Lie::AudEmpty => Some(set("aud", json!([]))),
        Lie::AudSeveral => Some(vec![several(), ("azp", None)]),
        Lie::AudSeveralAzpForeign => Some(vec![several(), ("azp", Some(other()))]),
        Lie::AzpWrong => Some(set("azp", other())),
        _ => None,
    }
}

fn user(truth: &Truth<'_>, lie: Lie) -> Option<Changes> {
    match lie {
        Lie::SubMissing => Some(without("sub")),
        Lie::SubEmpty => Some(set("sub", json!(""))),
        Lie::SubArray => Some(set("sub", json!([truth.claims["sub"]]))),
        Lie::SubNumber => Some(set("sub", json!(1))),
        Lie::SubWrong => Some(set("sub", json!(another_user(truth).sub))),
        _ => None,
    }
}

fn sign_in(truth: &Truth<'_>, lie: Lie) -> Option<Changes> {
    match lie {
        Lie::NonceMissing => Some(without("nonce")),
        Lie::NonceWrong => Some(set("nonce", json!(hosting::random_token()))),
        Lie::NonceReplayed => Some(set("nonce", json!(last_nonce(truth)))),
        Lie::NonceArray => Some(set("nonce", json!([truth.claims["nonce"]]))),
        Lie::AtHashWrong => {
            let other = hosting::sha256(hosting::random_token().as_bytes());
            Some(set("at_hash", json!(hosting::base64url(&other[..16]))))
        }
        Lie::AtHashMissing => Some(without("at_hash")),
        Lie::AcrZero => Some(set("acr", json!("0"))),
        Lie::SidMissing => Some(without("sid")),
        _ => None,
    }
}

/// Claims by which a careless relying party finds an account (OpenID Connect Core 1.0 §5.7: by `iss` and `sub` alone).
fn profile(truth: &Truth<'_>, lie: Lie) -> Option<Changes> {
    let mail_of_another = || ("email", Some(json!(another_user(truth).email)));
    match lie {
        Lie::EmailUnverified => Some(vec![mail_of_another(), ("email_verified", Some(json!(false)))]),
        Lie::EmailSeveralAt => {
            let mail = json!("victim@bank.test@evil.test");
            Some(vec![("email", Some(mail)), ("email_verified", Some(json!(true)))])
        }
        Lie::EmailVerifiedText => Some(vec![mail_of_another(), ("email_verified", Some(json!("true")))]),
        Lie::PreferredUsernameWrong => Some(set("preferred_username", json!(another_user(truth).username))),
        _ => None,
    }
}

fn another_user(truth: &Truth<'_>) -> Arc<User> {
    forgery::another_user(truth.issuer, truth.claims["sub"].as_str().unwrap_or_default())
}

fn last_nonce(truth: &Truth<'_>) -> String {
    let last = truth.issuer.last_nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
    last.unwrap_or_else(|| "the-nonce-of-a-sign-in-long-ago".to_owned())
}
