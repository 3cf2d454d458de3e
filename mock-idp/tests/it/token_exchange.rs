//! A user's access token for another one, for an API further down (RFC 8693).

use std::time::Duration;

use axum::http::{StatusCode, header};
use mock_idp::{Client, Settings};
use serde_json::json;

use crate::agent::{Agent, Answer, DpopKey, Tokens, client, code_grant, credentials, redirect_uri};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const REFRESH_TOKEN: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Exchanges a token; what is given here replaces, and an empty value takes away.
async fn exchange(agent: &Agent, client_id: &str, subject_token: &str, changes: &[(&str, &str)]) -> Answer {
    let mut form =
        vec![("grant_type", GRANT_TYPE), ("subject_token", subject_token), ("subject_token_type", ACCESS_TOKEN)];
    form.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    form.extend_from_slice(changes);
    form.extend(credentials(client_id));
    agent.call("/token", &form).await
}

/// A provider at which alice has signed in, and the tokens of her application.
async fn signed_in() -> (Agent, Tokens) {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    (agent, tokens)
}

fn assert_refused(what: &str, answer: &Answer, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, error), "{what}: {}", answer.text);
}

async fn is_active(agent: &Agent, answer: &Answer) -> bool {
    agent.introspect_as("orders", &answer.member("access_token")).await["active"] == true
}

#[tokio::test]
async fn the_new_token_is_the_users_for_another_api_and_says_who_acts() {
    let (agent, tokens) = signed_in().await;
    let answer = exchange(&agent, "gateway", &tokens.access, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header(header::CACHE_CONTROL), Some("no-store"));
    let json = answer.json();
    assert_eq!((&json["issued_token_type"], &json["token_type"]), (&json!(ACCESS_TOKEN), &json!("Bearer")));
    assert_eq!((&json["scope"], &json["expires_in"]), (&json!("accounts"), &json!(300)));
    let known = agent.introspect_as("orders", &answer.member("access_token")).await;
    assert_eq!((&known["sub"], &known["username"]), (&json!("sub-alice"), &json!("alice")));
    assert_eq!((&known["client_id"], &known["aud"]), (&json!("gateway"), &json!("orders-api")));
    assert_eq!(known["act"], json!({"sub": "gateway"}));
    assert!(agent.is_active(&tokens.access).await, "the old one lives on");
}

/// Source: RFC 8693 §2.2.1; a sign-in at one client is none at another (OpenID Connect Core 1.0 §3.1.3.7).
#[tokio::test]
async fn an_exchange_gives_an_access_token_alone() {
    let (agent, tokens) = signed_in().await;
    agent.change_client("gateway", |gateway| {
        gateway.scopes = vec!["openid".to_owned(), "accounts".to_owned(), "offline_access".to_owned()];
        gateway.grant_types.push("refresh_token".to_owned());
    });
    let json = exchange(&agent, "gateway", &tokens.access, &[]).await.json();
    assert_eq!(json["scope"], "openid accounts offline_access");
    assert_eq!((json.get("refresh_token"), json.get("id_token")), (None, None), "{json}");
}

/// Source: RFC 8693 §4.1.
#[tokio::test]
async fn who_acted_before_stands_inside() {
    let (agent, tokens) = signed_in().await;
    agent
        .control
        .put_client(Client {
            grant_types: vec![GRANT_TYPE.to_owned()],
            resources: vec!["orders-api".to_owned()],
            ..client("clerk")
        })
        .unwrap();
    let first = exchange(&agent, "gateway", &tokens.access, &[]).await.member("access_token");
    let second = exchange(&agent, "clerk", &first, &[("client_secret", "another-secret")]).await;
    let known = agent.introspect_as("orders", &second.member("access_token")).await;
    assert_eq!(known["act"], json!({"sub": "clerk", "act": {"sub": "gateway"}}));
    assert_eq!(known["sub"], "sub-alice");
}

#[tokio::test]
async fn an_actor_token_must_be_the_clients_own() {
    let (mut agent, tokens) = signed_in().await;
    agent.change_client("gateway", |gateway| gateway.grant_types.push("client_credentials".to_owned()));
    let mut form = credentials("gateway");
    form.push(("grant_type", "client_credentials"));
    let own = agent.call("/token", &form).await.member("access_token");
    let own = [("actor_token", own.as_str()), ("actor_token_type", ACCESS_TOKEN)];
    let answer = exchange(&agent, "gateway", &tokens.access, &own).await;
    let known = agent.introspect_as("orders", &answer.member("access_token")).await;
    assert_eq!(known["act"], json!({"sub": "gateway"}));
    let foreign = agent.sign_in("spa").await.access;
    for changes in [
        vec![("actor_token", foreign.as_str()), ("actor_token_type", ACCESS_TOKEN)],
        vec![("actor_token", "unknown"), ("actor_token_type", ACCESS_TOKEN)],
        vec![own[0], ("actor_token_type", JWT)],
        vec![own[0]],
        vec![("actor_token_type", ACCESS_TOKEN)],
    ] {
        let answer = exchange(&agent, "gateway", &tokens.access, &changes).await;
        assert_refused(&format!("{changes:?}"), &answer, "invalid_request");
        assert!(answer.description().contains("actor_token"), "{}", answer.description());
    }
}

#[tokio::test]
async fn an_exchange_may_narrow_and_never_widens() {
    let (mut agent, tokens) = signed_in().await;
    agent.change_client("gateway", |gateway| gateway.scopes.push("email".to_owned()));
    let narrow = exchange(&agent, "gateway", &tokens.access, &[("scope", "email")]).await;
    assert_eq!(narrow.member("scope"), "email");
    let again = exchange(&agent, "gateway", &narrow.member("access_token"), &[("scope", "accounts")]).await;
    assert_refused("more than the subject token has", &again, "invalid_scope");
    let profile = exchange(&agent, "gateway", &tokens.access, &[("scope", "profile")]).await;
    assert_refused("more than the client may have", &profile, "invalid_scope");
    let code = agent.code_for("bff", &[("scope", "openid")]).await;
    let poor = agent.redeem("bff", &code).await.member("access_token");
    let wide = exchange(&agent, "gateway", &poor, &[("scope", "accounts")]).await;
    assert_refused("more than the user has given", &wide, "invalid_scope");
    // RFC 6749 §3.3: a scope is one value at least.
    assert_refused("nothing that both may have", &exchange(&agent, "gateway", &poor, &[]).await, "invalid_scope");
}

#[tokio::test]
async fn an_exchange_names_one_target_that_the_client_may_reach() {
    let (agent, tokens) = signed_in().await;
    for target in [[("audience", "orders-api")], [("resource", "orders-api")]] {
        assert_eq!(exchange(&agent, "gateway", &tokens.access, &target).await.status, StatusCode::OK, "{target:?}");
    }
    for targets in [
        vec![("audience", "payments-api")],
        vec![("resource", "https://evil.test/")],
        vec![("audience", "orders-api"), ("resource", "orders-api")],
    ] {
        let answer = exchange(&agent, "gateway", &tokens.access, &targets).await;
        assert_refused(&format!("{targets:?}"), &answer, "invalid_target");
    }
}

/// Source: RFC 8693 §5: whoever holds a token could widen its audience.
#[tokio::test]
async fn a_token_for_another_api_is_not_exchanged() {
    let (agent, tokens) = signed_in().await;
    let elsewhere = Client {
        grant_types: vec![GRANT_TYPE.to_owned()],
        resources: vec!["orders-api".to_owned()],
        ..client("gateway")
    };
    agent.control.put_client(elsewhere).unwrap();
    let answer = exchange(&agent, "gateway", &tokens.access, &[]).await;
    assert_refused("neither its own nor for its API", &answer, "invalid_request");
}

#[tokio::test]
async fn a_client_that_cannot_be_authenticated_or_was_not_allowed_exchanges_nothing() {
    let (agent, tokens) = signed_in().await;
    assert_refused("bff", &exchange(&agent, "bff", &tokens.access, &[]).await, "unauthorized_client");
    assert_refused("spa", &exchange(&agent, "spa", &tokens.access, &[]).await, "unauthorized_client");
    agent.change_client("spa", |spa| spa.grant_types.push(GRANT_TYPE.to_owned()));
    assert_refused("public", &exchange(&agent, "spa", &tokens.access, &[]).await, "unauthorized_client");
}

/// Source: RFC 8693 §2.2.2: a token that is invalid for any reason is an `invalid_request`.
#[tokio::test]
async fn a_subject_token_that_is_worth_nothing_gives_nothing() {
    let (agent, tokens) = signed_in().await;
    let (_, foreign) = signed_in().await;
    let revoked = exchange(&agent, "gateway", &tokens.access, &[]).await.member("access_token");
    agent.revoke("gateway", &revoked).await;
    let before = agent.issued();
    for (what, token) in [
        ("unknown", "unknown"),
        ("of another provider", &foreign.access),
        ("a refresh token", &tokens.refresh),
        ("an ID token", &tokens.id),
        ("revoked", &revoked),
    ] {
        let answer = exchange(&agent, "gateway", token, &[]).await;
        assert_refused(what, &answer, "invalid_request");
        assert!(answer.description().contains("subject_token"), "{}", answer.description());
    }
    agent.handed.clock.advance(Duration::from_mins(5));
    assert_refused("expired", &exchange(&agent, "gateway", &tokens.access, &[]).await, "invalid_request");
    assert!(agent.issued().iter().zip(before).all(|(after, before)| *after <= before));
}

#[tokio::test]
async fn other_types_of_token_are_neither_taken_nor_given() {
    let (agent, tokens) = signed_in().await;
    for (name, value) in [
        ("subject_token_type", REFRESH_TOKEN),
        ("subject_token_type", JWT),
        ("subject_token_type", ""),
        ("requested_token_type", REFRESH_TOKEN),
        ("requested_token_type", JWT),
        ("subject_token", ""),
    ] {
        let answer = exchange(&agent, "gateway", &tokens.access, &[(name, value)]).await;
        assert_refused(&format!("{name}={value}"), &answer, "invalid_request");
        assert!(answer.description().contains(name), "{}", answer.description());
    }
    let asked = [("requested_token_type", ACCESS_TOKEN)];
    assert_eq!(exchange(&agent, "gateway", &tokens.access, &asked).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_new_token_ends_with_the_grant_of_the_old_one() {
    let (agent, tokens) = signed_in().await;
    let first = exchange(&agent, "gateway", &tokens.access, &[]).await;
    let second = exchange(&agent, "gateway", &first.member("access_token"), &[]).await;
    assert!(is_active(&agent, &first).await && is_active(&agent, &second).await);
    agent.revoke("bff", &tokens.refresh).await;
    assert!(!is_active(&agent, &first).await && !is_active(&agent, &second).await);
}

#[tokio::test]
async fn the_new_token_ends_with_the_users_session() {
    let (agent, tokens) = signed_in().await;
    let answer = exchange(&agent, "gateway", &tokens.access, &[]).await;
    agent.control.end_session_of("alice").await;
    assert!(!is_active(&agent, &answer).await);
}

#[tokio::test]
async fn the_new_token_never_outlives_the_old_one() {
    let (agent, tokens) = signed_in().await;
    agent.handed.clock.advance(Duration::from_secs(200));
    let answer = exchange(&agent, "gateway", &tokens.access, &[]).await;
    assert_eq!(answer.json()["expires_in"], 100);
    let ends = |known: serde_json::Value| known["exp"].as_u64();
    let new = agent.introspect_as("orders", &answer.member("access_token")).await;
    assert_eq!(ends(new), ends(agent.introspect(&tokens.access).await));
    agent.handed.clock.advance(Duration::from_secs(100));
    assert!(!is_active(&agent, &answer).await);
}

#[tokio::test]
async fn a_bound_token_is_exchanged_by_the_holder_of_its_key() {
    let mut agent = Agent::new(Settings::default());
    let (key, thief) = (DpopKey::generate(), DpopKey::generate());
    let (code, redirect_uri) = (agent.code("bff").await, redirect_uri("bff"));
    let mut form = credentials("bff");
    form.extend(code_grant(&code, &redirect_uri));
    let bound = agent.call_bound(&key, &form).await.member("access_token");
    assert_refused("a bearer", &exchange(&agent, "gateway", &bound, &[]).await, "invalid_request");
    let mut form = credentials("gateway");
    form.extend([("grant_type", GRANT_TYPE), ("subject_token", &bound), ("subject_token_type", ACCESS_TOKEN)]);
    assert_refused("another key", &agent.call_bound(&thief, &form).await, "invalid_request");
    let answer = agent.call_bound(&key, &form).await;
    assert_eq!(answer.json()["token_type"], "DPoP", "{}", answer.text);
    let known = agent.introspect_as("orders", &answer.member("access_token")).await;
    assert_eq!(known["cnf"], json!({"jkt": key.thumbprint()}));
}

/// A chain without an end would be a store without a bound.
#[tokio::test]
async fn only_so_many_act_one_after_another() {
    let (agent, tokens) = signed_in().await;
    let mut access = tokens.access;
    for n in 1..=8 {
        let answer = exchange(&agent, "gateway", &access, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{n}: {}", answer.text);
        access = answer.member("access_token");
    }
    let answer = exchange(&agent, "gateway", &access, &[]).await;
    assert_refused("the ninth", &answer, "invalid_request");
}
