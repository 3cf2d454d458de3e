//! Introspection: what a resource server hears about a token that is active, revoked or unknown.

use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use mock_idp::{IntrospectionLie as L, Lie, Settings, Times};
use serde_json::{Value, json};

use super::{EVIL, arm, is_pending, respond};
use crate::agent::{Agent, Answer, as_form, credentials};

/// Arms a lie for the resource server, which is the client that asks.
fn arm_for_api(agent: &Agent, lie: L) {
    arm(agent, Lie::Introspection(lie), Some("api"), Times::Once);
}

/// Signs in; returns the access token and the truth about it.
async fn signed_in() -> (Agent, String, Value) {
    let mut agent = Agent::new(Settings::default());
    let token = agent.sign_in("bff").await.access;
    let truth = agent.introspect(&token).await;
    (agent, token, truth)
}

async fn ask(agent: &Agent, token: &str) -> Answer {
    let mut form = credentials("api");
    form.push(("token", token));
    agent.call("/introspect", &form).await
}

/// Returns the truth with one member changed.
fn with(truth: &Value, name: &str, value: &Value) -> Value {
    let mut changed = truth.clone();
    changed[name] = value.clone();
    changed
}

/// Tells whether the lie is told about an active token.
async fn is_told(lie: L) -> bool {
    let (agent, token, truth) = signed_in().await;
    arm_for_api(&agent, lie);
    if matches!(lie, L::Slow | L::Never) {
        return is_pending(ask(&agent, &token)).await;
    }
    if lie == L::Huge {
        return begins_with_spaces(&agent, &token).await;
    }
    let answer = ask(&agent, &token).await;
    let told: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    match lie {
        L::ActiveAlways | L::Stale => told == truth,
        L::OtherIss => told == with(&truth, "iss", &json!(EVIL)),
        L::OtherAud => told == with(&truth, "aud", &json!("another-api")),
        L::OtherSub => told["active"] == true && told["sub"] == "sub-bob" && told["username"] == "bob",
        L::OtherClientId => told["active"] == true && told["client_id"].is_string() && told["client_id"] != "bff",
        L::InactiveWithMetadata => told == with(&truth, "active", &json!(false)),
        L::ActiveText => told == with(&truth, "active", &json!("true")),
        L::ActiveMissing => told.get("active").is_none() && told["sub"] == truth["sub"],
        L::ActiveExpired => told["active"] == true && told["exp"].as_u64() < truth["iat"].as_u64(),
        L::Down => answer.status == StatusCode::SERVICE_UNAVAILABLE,
        L::Html => answer.status == StatusCode::OK && answer.text.starts_with("<!doctype html>"),
        L::Empty => answer.status == StatusCode::OK && answer.text.is_empty(),
        L::JsonArray => told == json!([truth]),
        L::Slow | L::Never | L::Huge => false,
    }
}

async fn begins_with_spaces(agent: &Agent, token: &str) -> bool {
    let mut form = credentials("api");
    form.push(("token", token));
    let response = respond(agent, as_form(Request::post("/introspect"), &form)).await;
    let is_unbounded = response.headers().get(header::CONTENT_LENGTH).is_none();
    let first = response.into_body().frame().await.unwrap().unwrap().into_data().unwrap();
    is_unbounded && first.len() == 65_536 && first.iter().all(|byte| *byte == b' ')
}

#[tokio::test]
async fn every_lie_is_told() {
    for lie in L::ALL {
        assert!(is_told(*lie).await, "{lie:?}");
    }
}

#[tokio::test]
async fn a_lie_is_told_once_and_to_the_one_who_asks() {
    let (agent, token, truth) = signed_in().await;
    arm_for_api(&agent, L::OtherIss);
    assert_eq!(agent.introspect_as("bff", &token).await["iss"], truth["iss"], "another client");
    assert_eq!(agent.introspect(&token).await["iss"], EVIL);
    assert_eq!(agent.introspect(&token).await, truth);
}

#[tokio::test]
async fn what_is_not_active_is_made_to_look_so() {
    for lie in [L::ActiveAlways, L::OtherIss, L::ActiveText, L::ActiveMissing, L::InactiveWithMetadata] {
        let agent = Agent::new(Settings::default());
        arm_for_api(&agent, lie);
        let told = agent.introspect("a-token-that-nobody-issued").await;
        assert!(
            told["sub"].is_string() && told["client_id"].is_string() && told["scope"].is_string(),
            "{lie:?}: {told}"
        );
        assert_eq!(told["active"] == true, matches!(lie, L::ActiveAlways | L::OtherIss), "{lie:?}");
        assert_eq!(agent.introspect("a-token-that-nobody-issued").await, json!({"active": false}));
    }
}

#[tokio::test]
async fn a_stale_answer_outlives_revocation() {
    let (agent, token, truth) = signed_in().await;
    arm(&agent, Lie::Introspection(L::Stale), Some("api"), Times::UntilDisarmed);
    assert_eq!(agent.introspect(&token).await, truth);
    agent.revoke("bff", &token).await;
    assert_eq!(agent.introspect(&token).await, truth, "as it was before");
    agent.control.disarm_all();
    assert_eq!(agent.introspect(&token).await, json!({"active": false}));
}

#[tokio::test]
async fn nothing_is_remembered_while_no_lie_is_armed() {
    let (agent, token, _) = signed_in().await;
    agent.revoke("bff", &token).await;
    arm_for_api(&agent, L::Stale);
    assert_eq!(agent.introspect(&token).await, json!({"active": false}));
}
