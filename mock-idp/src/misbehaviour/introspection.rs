//! Lies about what a token is worth, told to resource servers.
//!
//! Source: RFC 7662 §2.2 and §4.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::Lie as AnyLie;
use super::forgery::{self, EVIL};
use super::hostile_answer as hostile;
use crate::issuer::Issuer;

/// How long an active answer is remembered, in seconds: longer than any token lives.
const REMEMBERED_S: u64 = 30 * 86_400;

super::lies! {
    /// A lie about what a token is worth.
    IntrospectionLie in "introspection" {
        /// Every token is active, whatever it is.
        ActiveAlways = "active-always",
        /// The token is active and another issuer's.
        OtherIss = "other-iss",
        /// The token is active and for another API.
        OtherAud = "other-aud",
        /// The token is active and another user's.
        OtherSub = "other-sub",
        /// The token is active and another client's.
        OtherClientId = "other-client-id",
        /// The token is not active, and everything about it is told.
        InactiveWithMetadata = "inactive-with-metadata",
        /// Whether the token is active is a text: `true`.
        ActiveText = "active-text",
        /// Everything about the token is told, but not whether it is active.
        ActiveMissing = "active-missing",
        /// The token is active and expired an hour ago.
        ActiveExpired = "active-expired",
        /// The token is still active after it was revoked.
        Stale = "stale",
        /// The truth, after five seconds.
        Slow = "slow",
        /// The endpoint is out of service: 503.
        Down = "down",
        /// The endpoint never answers.
        Never = "never",
        /// A page, with status 200.
        Html = "html",
        /// An empty body that is called JSON.
        Empty = "empty",
        /// The truth in a JSON array.
        JsonArray = "json-array",
        /// The truth after 100 MiB of white space.
        Huge = "huge",
    }
}

use IntrospectionLie as Lie;

/// Answers what the lie says about a token.
pub(crate) async fn tell(issuer: &Issuer, lie: Lie, token: &str, truth: Value) -> Response {
    match lie {
        Lie::Never => hostile::never().await,
        Lie::Slow => {
            hostile::slowly().await;
            hostile::json(&truth)
        }
        Lie::Down => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Lie::Html => hostile::html(),
        Lie::Empty => hostile::empty(),
        Lie::JsonArray => hostile::json(&json!([truth])),
        Lie::Huge => hostile::huge(&truth),
        Lie::Stale => hostile::json(&issuer.last_active.get(token).unwrap_or(truth)),
        Lie::ActiveAlways
        | Lie::OtherIss
        | Lie::OtherAud
        | Lie::OtherSub
        | Lie::OtherClientId
        | Lie::InactiveWithMetadata
        | Lie::ActiveText
        | Lie::ActiveMissing
        | Lie::ActiveExpired => {
            let mut answer = active(issuer, token, truth);
            change(issuer, lie, &mut answer);
            hostile::json(&answer)
        }
    }
}

/// Remembers an active answer while a lie about introspection is armed, for the one that repeats it.
pub(crate) fn remember(issuer: &Issuer, token: &str, truth: &Value) {
    let is_about_this = |armed: &super::ArmedLie| matches!(armed.lie, AnyLie::Introspection(_));
    if truth["active"] == true && issuer.armed.list().iter().any(is_about_this) {
        issuer.last_active.insert(token, issuer.now_s().saturating_add(REMEMBERED_S), truth.clone());
    }
}

/// Returns what an active token looks like: this one, or as it was, or one that is made up.
fn active(issuer: &Issuer, token: &str, truth: Value) -> Value {
    if truth["active"] == true {
        return truth;
    }
    issuer.last_active.get(token).unwrap_or_else(|| made_up(issuer))
}

/// An access token of the first user, for the first client that signs users in.
fn made_up(issuer: &Issuer) -> Value {
    let client = issuer.registry.clients().into_iter().find(|client| !client.redirect_uris.is_empty());
    let user = forgery::another_user(issuer, "");
    let now_s = issuer.now_s();
    let mut answer = json!({
        "active": true,
        "iss": issuer.config.issuer,
        "sub": user.sub,
        "username": user.username,
        "token_type": "Bearer",
        "iat": now_s,
        "exp": now_s.saturating_add(300),
    });
    if let Some(client) = client {
        answer["client_id"] = json!(client.id);
        answer["aud"] = json!(client.resources.first());
        answer["scope"] = json!(client.scopes.join(" "));
    }
    answer
}

fn change(issuer: &Issuer, lie: Lie, answer: &mut Value) {
    match lie {
        Lie::OtherIss => answer["iss"] = json!(EVIL),
        Lie::OtherAud => answer["aud"] = json!("another-api"),
        Lie::OtherSub => {
            let another = forgery::another_user(issuer, answer["sub"].as_str().unwrap_or_default());
            answer["sub"] = json!(another.sub);
            answer["username"] = json!(another.username);
        }
        Lie::OtherClientId => {
            let own = answer["client_id"].as_str().unwrap_or_default();
            answer["client_id"] = json!(forgery::another_client(issuer, own));
        }
        Lie::InactiveWithMetadata => answer["active"] = json!(false),
        Lie::ActiveText => answer["active"] = json!("true"),
        Lie::ActiveMissing => {
            if let Some(members) = answer.as_object_mut() {
                members.remove("active");
            }
        }
        Lie::ActiveExpired => answer["exp"] = json!(issuer.now_s().saturating_sub(3_600)),
        _ => {}
    }
}
