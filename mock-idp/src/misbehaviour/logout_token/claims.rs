//! Claims that no logout token has, or that it lacks (OpenID Connect Back-Channel Logout 1.0 §2.4 and §2.6).

use serde_json::{Value, json};

use super::LogoutTokenLie as Lie;
use crate::issuer::Issuer;
use crate::logout::Truth;
use crate::misbehaviour::forgery::{self, EVIL};

const YEAR_S: u64 = 365 * 86_400;

/// How long a logout token lives, in seconds.
const LIFE_S: u64 = 120;

/// Returns the claims of a lie about claims.
pub(super) fn changed(issuer: &Issuer, lie: Lie, truth: &Truth) -> Option<Value> {
    let mut claims = truth.claims.clone();
    let now_s = issuer.now_s();
    match lie {
        Lie::AudWrong => claims["aud"] = json!("nobody"),
        Lie::OfAnotherClient => claims["aud"] = json!(forgery::another_client(issuer, &truth.client_id)),
        Lie::IssWrong => claims["iss"] = json!(EVIL),
        Lie::EventsMissing => remove(&mut claims, &["events"]),
        Lie::EventWrong => {
            let event = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
            claims["events"] = json!({event: {}});
        }
        Lie::EventsArray => claims["events"] = json!(["http://schemas.openid.net/event/backchannel-logout"]),
        Lie::NoncePresent => claims["nonce"] = json!(hosting::random_token()),
        Lie::IatMissing => remove(&mut claims, &["iat"]),
        Lie::IatFuture => issue_at(&mut claims, now_s.saturating_add(YEAR_S)),
        Lie::Expired => issue_at(&mut claims, now_s.saturating_sub(LIFE_S + 600)),
        Lie::Late => issue_at(&mut claims, now_s.saturating_sub(110)),
        Lie::JtiMissing => remove(&mut claims, &["jti"]),
        Lie::SubWrong => claims["sub"] = json!(forgery::another_user(issuer, &truth.sub).sub),
        Lie::SidWrong => claims["sid"] = json!(hosting::random_token()),
        Lie::SubAndSidMissing => remove(&mut claims, &["sub", "sid"]),
        Lie::SubOnly => {
            claims["sub"] = json!(&*truth.sub);
            remove(&mut claims, &["sid"]);
        }
        Lie::SidOnly => remove(&mut claims, &["sub"]),
        _ => return None,
    }
    Some(claims)
}

/// Returns the claims that an ID token of the session has (OpenID Connect Core 1.0 §2).
pub(super) fn of_an_id_token(issuer: &Issuer, truth: &Truth) -> Value {
    let mut claims = truth.claims.clone();
    remove(&mut claims, &["events", "jti"]);
    claims["sub"] = json!(&*truth.sub);
    claims["auth_time"] = json!(issuer.now_s());
    claims["nonce"] = json!(hosting::random_token());
    claims
}

fn issue_at(claims: &mut Value, iat: u64) {
    claims["iat"] = json!(iat);
    claims["exp"] = json!(iat.saturating_add(LIFE_S));
}

fn remove(claims: &mut Value, names: &[&str]) {
    if let Some(members) = claims.as_object_mut() {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
}
