//! ID tokens: who has signed in, for one client (OpenID Connect Core 1.0 §2).

use std::sync::PoisonError;

use hosting::Kind;
use serde_json::{Value, json};

use crate::events::Happened;
use crate::issuer::Issuer;
use crate::keys::{SigningAlgorithm, Typ};
use crate::misbehaviour::{self, Lie};
use crate::scope::Scope;
use crate::tokens::Grant;

/// How long an ID token is good, in seconds; it is read once, right after it was fetched.
const LIFE_S: u64 = 300;

/// Makes the ID token that goes with an access token.
pub(crate) fn mint(issuer: &Issuer, grant: &Grant, scope: &Scope, nonce: Option<&str>, access_token: &str) -> String {
    let client = issuer.registry.client(&grant.client_id);
    let algorithm = client.map(|client| client.id_token_signed_response_alg).unwrap_or_default();
    let mut claims = claims(issuer, grant, scope);
    claims["at_hash"] = json!(at_hash(algorithm, access_token));
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    let lie = issuer.lie(Some(&grant.client_id), |lie| match lie {
        Lie::IdToken(lie) => Some(lie),
        _ => None,
    });
    let value = match lie {
        None => issuer.keys.sign(algorithm, Typ::Id, &claims),
        Some(lie) => misbehaviour::id_token::tell(issuer, lie, algorithm, claims),
    };
    if let Some(nonce) = nonce {
        *issuer.last_nonce.lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce.to_owned());
    }
    issuer.handed.credentials.mint(Kind::IdToken, &value);
    issuer.note_about(Happened::Issued, Kind::IdToken, &value, grant);
    value
}

fn claims(issuer: &Issuer, grant: &Grant, scope: &Scope) -> Value {
    let now_s = issuer.now_s();
    let mut claims = issuer.registry.user(&grant.sub).map(|user| user.claims(scope)).unwrap_or_default();
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    say("iss", json!(issuer.config.issuer));
    say("sub", json!(&*grant.sub));
    say("aud", json!(&*grant.client_id));
    say("iat", json!(now_s));
    say("exp", json!(now_s.saturating_add(LIFE_S)));
    say("auth_time", json!(grant.auth_time_s));
    say("sid", json!(grant.sid.as_deref()));
    if let Some(acr) = grant.acr {
        say("acr", json!(acr));
        say("amr", json!(if acr == crate::sessions::ACR_TWO_FACTORS { &["pwd", "otp"][..] } else { &["pwd"][..] }));
    }
    Value::Object(claims)
}

/// Source: OpenID Connect Core 1.0 §3.1.3.6; for `EdDSA` with Ed25519 the hash is SHA-512 (RFC 8037, JOSE practice).
fn at_hash(algorithm: SigningAlgorithm, access_token: &str) -> String {
    match algorithm {
        SigningAlgorithm::EdDsa => {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, access_token.as_bytes());
            hosting::base64url(&digest.as_ref()[..32])
        }
        _ => hosting::base64url(&hosting::sha256(access_token.as_bytes())[..16]),
    }
}
