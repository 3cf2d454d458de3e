//! Token responses: their members, their form, and what became of the tokens.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use mock_idp::{Lie, Settings, Times, TokenResponseLie as L};
use serde_json::{Value, json};

use super::{EVIL, arm, is_pending, respond};
use crate::agent::{Agent, Tokens, as_form, claims, code_grant, credentials, redirect_uri};

fn arm_for_bff(agent: &Agent, lie: L) {
    arm(agent, Lie::TokenResponse(lie), Some("bff"), Times::Once);
}

/// Returns the request that exchanges a fresh code, with the lie armed for it.
async fn exchange(agent: &mut Agent, lie: L) -> Request<Body> {
    let code = agent.code("bff").await;
    arm_for_bff(agent, lie);
    let redirect_uri = redirect_uri("bff");
    let mut form = credentials("bff");
    form.extend(code_grant(&code, &redirect_uri));
    as_form(Request::post("/token"), &form)
}

/// An answer that was read to its end.
struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Seen {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn is_ok(&self) -> bool {
        self.status == StatusCode::OK && self.header(header::CONTENT_TYPE) == "application/json"
    }

    fn lacks(&self, member: &str) -> bool {
        let all = ["access_token", "token_type", "expires_in", "refresh_token", "id_token", "scope"];
        let missing: Vec<&str> = all.into_iter().filter(|name| self.json().get(name).is_none()).collect();
        self.is_ok() && missing == [member]
    }

    fn says(&self, member: &str, value: &Value) -> bool {
        self.is_ok() && self.json()[member] == *value && self.json()["access_token"].is_string()
    }

    fn leads_to_evil(&self, status: StatusCode) -> bool {
        self.status == status && self.header(header::LOCATION).starts_with(EVIL)
    }

    fn asks_to_come_back(&self, status: StatusCode) -> bool {
        self.status == status && self.header(header::RETRY_AFTER) == "30"
    }
}

/// Tells whether a lie is told whose answer ends.
fn is_told(lie: L, seen: &Seen) -> bool {
    match lie {
        L::TokenTypeWrong => seen.says("token_type", &json!("mac")),
        L::TokenTypeMissing => seen.lacks("token_type"),
        L::ExpiresInMissing => seen.lacks("expires_in"),
        L::ExpiresInNegative => seen.says("expires_in", &json!(-1)),
        L::ExpiresInText => seen.says("expires_in", &json!("300")),
        L::ExpiresInHuge => seen.says("expires_in", &json!(u64::MAX)),
        L::IdTokenMissing => seen.lacks("id_token"),
        L::AccessTokenMissing => seen.lacks("access_token"),
        L::ScopeWidened => seen.json()["scope"].as_str().unwrap().ends_with(" admin payments"),
        L::RedirectedWithBody => seen.leads_to_evil(StatusCode::TEMPORARY_REDIRECT),
        L::Redirected => seen.leads_to_evil(StatusCode::FOUND),
        L::Html => seen.status == StatusCode::OK && seen.header(header::CONTENT_TYPE).starts_with("text/html"),
        L::NoContent => seen.status == StatusCode::NO_CONTENT && seen.text.is_empty(),
        L::Empty => seen.is_ok() && seen.text.is_empty(),
        L::JsonArray => seen.is_ok() && seen.json()[0]["access_token"].is_string(),
        L::JsonText => seen.is_ok() && seen.json().as_str().unwrap().contains("\"access_token\""),
        L::ContentTypeWrong => {
            seen.header(header::CONTENT_TYPE).starts_with("text/plain") && seen.json()["access_token"].is_string()
        }
        L::AccessTokenTwice => seen.is_ok() && seen.text.matches("\"access_token\":").count() == 2,
        L::DeeplyNested => seen.is_ok() && seen.text.contains(&"[".repeat(10_000)),
        L::TooManyRequests => seen.asks_to_come_back(StatusCode::TOO_MANY_REQUESTS),
        L::Unavailable => seen.asks_to_come_back(StatusCode::SERVICE_UNAVAILABLE),
        L::ServerError => seen.status == StatusCode::INTERNAL_SERVER_ERROR,
        L::UnknownError => seen.status == StatusCode::BAD_REQUEST && seen.json()["error"] == "out_of_tea",
        L::InvalidClient => {
            let is_challenged = seen.header(header::WWW_AUTHENTICATE).starts_with("Basic");
            seen.status == StatusCode::UNAUTHORIZED && seen.json()["error"] == "invalid_client" && is_challenged
        }
        L::IssuedThenBadGateway => seen.status == StatusCode::BAD_GATEWAY,
        L::OtherUser => claims(seen.json()["id_token"].as_str().unwrap())["sub"] == "sub-bob",
        L::OtherAudience | L::NotRotated => seen.is_ok(),
        L::Huge | L::Drip | L::Stalled | L::Never | L::IssuedThenReset => false,
    }
}

/// The lies whose answer does not end, or not well.
const ENDLESS: [L; 5] = [L::Huge, L::Drip, L::Stalled, L::Never, L::IssuedThenReset];

#[tokio::test]
async fn every_lie_is_told_and_the_answer_after_it_is_honest() {
    for lie in L::ALL.iter().filter(|lie| !ENDLESS.contains(lie)) {
        let mut agent = Agent::new(Settings::default());
        let request = exchange(&mut agent, *lie).await;
        let seen = Seen::of(respond(&agent, request).await).await;
        assert!(is_told(*lie, &seen), "{lie:?}: {} {:?} {}", seen.status, seen.headers, seen.text);
        let tokens = agent.sign_in("bff").await;
        assert_eq!(claims(&tokens.id)["sub"], "sub-alice", "{lie:?}");
    }
}

#[tokio::test]
async fn what_never_ends_is_begun() {
    let mut agent = Agent::new(Settings::default());
    let request = exchange(&mut agent, L::Never).await;
    assert!(is_pending(respond(&agent, request)).await, "not even headers");
    let request = exchange(&mut agent, L::Stalled).await;
    let mut stalled = respond(&agent, request).await.into_body();
    assert!(is_pending(stalled.frame()).await, "headers alone");
    let request = exchange(&mut agent, L::Drip).await;
    let mut dripping = respond(&agent, request).await.into_body();
    assert_eq!(dripping.frame().await.unwrap().unwrap().into_data().unwrap().len(), 1);
    assert!(is_pending(dripping.frame()).await, "one byte at a time");
    let request = exchange(&mut agent, L::Huge).await;
    let huge = respond(&agent, request).await;
    assert_eq!(huge.headers().get(header::CONTENT_LENGTH), None);
    assert!(huge.into_body().frame().await.unwrap().unwrap().into_data().unwrap().iter().all(|byte| *byte == b' '));
}

#[tokio::test]
async fn a_broken_connection_leaves_the_tokens_issued() {
    let mut agent = Agent::new(Settings::default());
    let request = exchange(&mut agent, L::IssuedThenReset).await;
    let mut body = respond(&agent, request).await.into_body();
    assert!(!body.frame().await.unwrap().unwrap().into_data().unwrap().is_empty());
    assert!(body.frame().await.unwrap().is_err());
    assert_eq!(agent.control.counts().access_tokens, 1);
    assert_eq!(agent.control.counts().refresh_tokens, 1);
}

#[tokio::test]
async fn a_refresh_token_is_used_up_although_its_replacement_is_lost() {
    for lie in [L::IssuedThenReset, L::IssuedThenBadGateway] {
        let mut agent = Agent::new(Settings::default());
        let tokens = agent.sign_in("bff").await;
        arm_for_bff(&agent, lie);
        let mut form = credentials("bff");
        form.extend([("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)]);
        drop(respond(&agent, as_form(Request::post("/token"), &form)).await);
        assert_eq!(agent.refresh("bff", &tokens.refresh).await.error(), "invalid_grant", "{lie:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_that_is_not_replaced_works_on() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    arm_for_bff(&agent, L::NotRotated);
    let same = Tokens::of(&agent.refresh("bff", &tokens.refresh).await);
    assert_eq!(same.refresh, tokens.refresh);
    let next = Tokens::of(&agent.refresh("bff", &tokens.refresh).await);
    assert_ne!(next.refresh, tokens.refresh, "the lie is told once");
}

#[tokio::test]
async fn another_users_tokens_are_really_another_users() {
    let mut agent = Agent::new(Settings::default());
    let request = exchange(&mut agent, L::OtherUser).await;
    let tokens = Seen::of(respond(&agent, request).await).await.json();
    let known = agent.introspect(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!((&known["active"], &known["sub"]), (&json!(true), &json!("sub-bob")));
}

#[tokio::test]
async fn a_token_for_another_api_says_so_to_whoever_may_ask() {
    let mut agent = Agent::new(Settings::default());
    let request = exchange(&mut agent, L::OtherAudience).await;
    let tokens = Seen::of(respond(&agent, request).await).await.json();
    let known = agent.introspect_as("bff", tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(known["aud"], "another-api");
}

#[tokio::test]
async fn a_slow_drip_costs_nothing_while_nobody_reads() {
    let mut agent = Agent::new(Settings::default());
    let request = exchange(&mut agent, L::Drip).await;
    let body = respond(&agent, request).await.into_body();
    let other = tokio::time::timeout(Duration::from_secs(5), agent.sign_in("bff")).await;
    assert!(other.is_ok(), "others are served meanwhile");
    drop(body);
}
