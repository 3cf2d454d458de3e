//! Tokens for one API and not for another (RFC 8707), as each API wants them.

use axum::http::StatusCode;
use mock_idp::{AccessTokenFormat, Resource, Settings, SigningAlgorithm};
use serde_json::{Value, json};

use crate::agent::{Agent, Answer, Tokens, claims, code_grant, config, credentials, redirect_uri, standing};

const ACCOUNTS: (&str, &str) = ("resource", "accounts-api");
const ORDERS: (&str, &str) = ("resource", "orders-api");

/// A provider whose API of orders wants short signed tokens, and whose application may reach both APIs.
fn two_apis() -> Agent {
    let mut config = config();
    let texts = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    config.resources = vec![
        Resource { scopes: texts(&["accounts"]), ..Resource::new("accounts-api") },
        Resource {
            access_token_format: Some(AccessTokenFormat::Jwt),
            access_token_signing_alg: SigningAlgorithm::EdDsa,
            access_token_life_s: Some(60),
            scopes: texts(&["orders"]),
            ..Resource::new("orders-api")
        },
    ];
    let agent = Agent::configured(config, Settings::default(), standing());
    agent.change_client("bff", |client| {
        client.resources = vec!["accounts-api".to_owned(), "orders-api".to_owned()];
        client.scopes.push("orders".to_owned());
    });
    agent
}

/// Exchanges a code, with these resources.
async fn redeem(agent: &Agent, code: &str, resources: &[(&str, &str)]) -> Answer {
    let redirect_uri = redirect_uri("bff");
    let mut form = credentials("bff");
    form.extend(code_grant(code, &redirect_uri));
    form.extend_from_slice(resources);
    agent.call("/token", &form).await
}

async fn refresh(agent: &Agent, refresh_token: &str, resources: &[(&str, &str)]) -> Answer {
    let mut form = credentials("bff");
    form.extend([("grant_type", "refresh_token"), ("refresh_token", refresh_token)]);
    form.extend_from_slice(resources);
    agent.call("/token", &form).await
}

/// Returns whom a token is for, as its own client hears it.
async fn audience(agent: &Agent, answer: &Answer) -> Value {
    agent.introspect_as("bff", &answer.member("access_token")).await["aud"].clone()
}

#[tokio::test]
async fn a_token_is_for_the_first_api_unless_the_client_names_another() {
    let mut agent = two_apis();
    let rows: [(&[(&str, &str)], &str); 3] =
        [(&[], "accounts-api"), (&[ACCOUNTS], "accounts-api"), (&[ORDERS], "orders-api")];
    for (asked, expected) in rows {
        let code = agent.code_for("bff", asked).await;
        let answer = redeem(&agent, &code, &[]).await;
        assert_eq!(audience(&agent, &answer).await, expected, "{asked:?}");
    }
}

#[tokio::test]
async fn one_grant_gives_a_token_for_each_api() {
    let mut agent = two_apis();
    let code = agent.code_for("bff", &[ACCOUNTS, ORDERS]).await;
    let first = redeem(&agent, &code, &[ORDERS]).await;
    assert_eq!(audience(&agent, &first).await, "orders-api");
    let second = refresh(&agent, &first.member("refresh_token"), &[ACCOUNTS]).await;
    assert_eq!(audience(&agent, &second).await, "accounts-api");
    let third = refresh(&agent, &second.member("refresh_token"), &[ACCOUNTS, ORDERS]).await;
    assert_eq!(audience(&agent, &third).await, json!(["accounts-api", "orders-api"]));
    let fourth = refresh(&agent, &third.member("refresh_token"), &[]).await;
    assert_eq!(audience(&agent, &fourth).await, "accounts-api");
}

/// Source: RFC 8707 §2.
#[tokio::test]
async fn an_api_that_the_client_may_not_reach_is_an_invalid_target() {
    let mut agent = two_apis();
    agent.code("bff").await;
    let unknown = ("resource", "payments-api");
    for resources in [vec![unknown], vec![ACCOUNTS, unknown], vec![("resource", "https://evil.test/")]] {
        let answer = agent.authorize("bff", &resources).await;
        assert_eq!(answer.parameter("error").as_deref(), Some("invalid_target"), "{resources:?}");
        assert_eq!(answer.parameter("code"), None, "{resources:?}");
    }
    let answer = agent.authorize("spa", &[ORDERS]).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("invalid_target"), "known, and not this client's");
}

/// Source: RFC 8707 §2.2.
#[tokio::test]
async fn a_token_request_does_not_go_beyond_what_was_granted() {
    let mut agent = two_apis();
    let code = agent.code_for("bff", &[ACCOUNTS]).await;
    for resources in [vec![ORDERS], vec![ACCOUNTS, ORDERS], vec![("resource", "payments-api")]] {
        let answer = redeem(&agent, &code, &resources).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_target"));
        assert!(answer.description().contains("resource"), "{}", answer.description());
    }
    let tokens = Tokens::of(&redeem(&agent, &code, &[ACCOUNTS]).await);
    let answer = refresh(&agent, &tokens.refresh, &[ORDERS]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_target"));
    assert_eq!(refresh(&agent, &tokens.refresh, &[ACCOUNTS]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn each_api_gets_tokens_of_its_own_kind_and_life() {
    let mut agent = two_apis();
    let code = agent.code_for("bff", &[ACCOUNTS, ORDERS]).await;
    let accounts = redeem(&agent, &code, &[ACCOUNTS]).await;
    assert_eq!((accounts.member("access_token").len(), &accounts.json()["expires_in"]), (43, &json!(300)));
    let orders = refresh(&agent, &accounts.member("refresh_token"), &[ORDERS]).await;
    assert_eq!(orders.json()["expires_in"], 60);
    let header = jsonwebtoken::decode_header(orders.member("access_token")).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (jsonwebtoken::Algorithm::EdDSA, Some("at+jwt")));
    let claims = claims(&orders.member("access_token"));
    assert_eq!(
        (&claims["aud"], &claims["scope"]),
        (&json!("orders-api"), &json!("openid profile email offline_access"))
    );
    assert_eq!(claims["exp"].as_u64(), Some(agent.control.now_s() + 60));
}

#[tokio::test]
async fn a_token_says_only_what_its_api_understands() {
    let mut agent = two_apis();
    let scope = ("scope", "openid accounts orders offline_access");
    let code = agent.code_for("bff", &[scope, ACCOUNTS, ORDERS]).await;
    let accounts = redeem(&agent, &code, &[ACCOUNTS]).await;
    assert_eq!(accounts.member("scope"), "openid accounts offline_access");
    let orders = refresh(&agent, &accounts.member("refresh_token"), &[ORDERS]).await;
    assert_eq!(orders.member("scope"), "openid orders offline_access");
    let both = refresh(&agent, &orders.member("refresh_token"), &[ACCOUNTS, ORDERS]).await;
    assert_eq!(both.member("scope"), "openid accounts orders offline_access");
}

/// Source: RFC 7662 §4.
#[tokio::test]
async fn an_api_hears_of_its_own_tokens_alone() {
    let mut agent = two_apis();
    let code = agent.code_for("bff", &[ACCOUNTS, ORDERS]).await;
    let accounts = redeem(&agent, &code, &[ACCOUNTS]).await;
    let orders = refresh(&agent, &accounts.member("refresh_token"), &[ORDERS]).await;
    for (answer, knows, other) in [(accounts, "api", "orders"), (orders, "orders", "api")] {
        let token = answer.member("access_token");
        assert_eq!(agent.introspect_as(knows, &token).await["active"], true, "{knows}");
        assert_eq!(agent.introspect_as(other, &token).await, json!({"active": false}), "{other}");
    }
}

#[tokio::test]
async fn a_client_names_an_api_for_its_own_token_too() {
    let agent = two_apis();
    let mut form = credentials("bff");
    form.extend([("grant_type", "client_credentials"), ORDERS]);
    let answer = agent.call("/token", &form).await;
    assert_eq!((answer.member("scope"), answer.json()["expires_in"].as_u64()), ("orders".to_owned(), Some(60)));
    assert_eq!(audience(&agent, &answer).await, "orders-api");
    let mut form = credentials("bff");
    form.extend([("grant_type", "client_credentials"), ("resource", "payments-api")]);
    assert_eq!(agent.call("/token", &form).await.error(), "invalid_target");
}
