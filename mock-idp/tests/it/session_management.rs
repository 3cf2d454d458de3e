//! How an application sees that the session has changed (OpenID Connect Session Management 1.0).

use axum::http::{StatusCode, header};
use mock_idp::{Settings, Switch};

use crate::agent::{Agent, Answer, BFF, SPA};

const COOKIE: &str = "__Host-idp-state";

/// Returns the state that the page of the provider would compute now (§3.2).
fn state_now(agent: &Agent, client_id: &str, origin: &str, salt: &str) -> String {
    let browser_state = agent.cookies.get(COOKIE).map_or("", String::as_str);
    let digest = hosting::sha256(format!("{client_id} {origin} {browser_state} {salt}").as_bytes());
    format!("{}.{salt}", hosting::base64url(&digest))
}

/// Tells what the frame would answer to an application that asks with its state (§3.1).
fn is_unchanged(agent: &Agent, client_id: &str, origin: &str, session_state: &str) -> bool {
    state_now(agent, client_id, origin, session_state.split_once('.').unwrap().1) == session_state
}

async fn signed_in(agent: &mut Agent, client_id: &str, username: &str) -> Answer {
    let form = agent.authorize(client_id, &[("prompt", "login")]).await;
    agent.fill_in(&form, username).await
}

#[tokio::test]
async fn the_state_that_comes_with_a_code_is_the_one_that_the_frame_computes() {
    let mut agent = Agent::new(Settings::default());
    let bff = signed_in(&mut agent, "bff", "alice").await.parameter("session_state").unwrap();
    let spa = agent.authorize("spa", &[]).await.parameter("session_state").unwrap();
    assert!(is_unchanged(&agent, "bff", BFF, &bff) && is_unchanged(&agent, "spa", SPA, &spa));
    assert!(!is_unchanged(&agent, "spa", SPA, &bff), "each client has its own");
    assert!(!is_unchanged(&agent, "bff", "https://evil.test", &bff), "and each origin");
    let again = agent.authorize("bff", &[]).await.parameter("session_state").unwrap();
    assert_ne!(again, bff, "the salt is fresh");
    assert!(is_unchanged(&agent, "bff", BFF, &bff) && !bff.contains(' '));
}

#[tokio::test]
async fn the_state_changes_with_sign_out_and_with_another_user() {
    let mut agent = Agent::new(Settings::default());
    let alice = signed_in(&mut agent, "bff", "alice").await.parameter("session_state").unwrap();
    signed_in(&mut agent, "bff", "alice").await;
    assert!(is_unchanged(&agent, "bff", BFF, &alice), "the same session was renewed");
    let bob = signed_in(&mut agent, "bff", "bob").await.parameter("session_state").unwrap();
    assert!(!is_unchanged(&agent, "bff", BFF, &alice) && is_unchanged(&agent, "bff", BFF, &bob));
    let ticket = agent.get("/end_session", &[]).await.hidden("confirmation");
    let form = [("confirmation", ticket.as_str()), ("decision", "sign-out")];
    agent.submit(crate::agent::ISSUER, "/end_session/confirm", &form).await;
    assert!(!is_unchanged(&agent, "bff", BFF, &bob));
}

#[tokio::test]
async fn the_mark_can_be_read_by_scripts_and_is_no_credential() {
    let mut agent = Agent::new(Settings::default());
    let answer = signed_in(&mut agent, "bff", "alice").await;
    let lines: Vec<&str> =
        answer.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
    let line = lines.iter().find(|line| line.starts_with(COOKIE)).unwrap();
    assert!(line.contains("; Path=/; ") && line.contains("; Secure") && !line.contains("HttpOnly"), "{line}");
    let mut thief = agent.stranger();
    thief.cookies.insert(COOKIE.to_owned(), agent.cookies[COOKIE].clone());
    let silent = thief.authorize("bff", &[("prompt", "none")]).await;
    assert_eq!(silent.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn the_frame_may_be_framed_by_any_application() {
    let mut agent = Agent::new(Settings::default());
    let page = agent.get("/check_session", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.attributes("data-cookie"), [COOKIE]);
    assert!(page.element("script").unwrap().contains("postMessage"));
    assert!(!page.policy().contains("frame-ancestors") && !page.policy().contains("unsafe"), "{}", page.policy());
    assert_eq!(page.header(header::X_FRAME_OPTIONS), None);
}

#[tokio::test]
async fn an_error_comes_without_a_state() {
    let answer = Agent::new(Settings::default()).authorize("bff", &[("prompt", "none")]).await;
    assert_eq!(answer.parameter("session_state"), None);
}

#[tokio::test]
async fn without_the_setting_there_is_neither_frame_nor_cookie_nor_state() {
    let mut agent = Agent::new(Settings { session_management: Switch::Off, ..Settings::default() });
    let answer = signed_in(&mut agent, "bff", "alice").await;
    assert_eq!(answer.parameter("session_state"), None);
    assert_eq!((agent.cookies.len(), agent.cookies.get(COOKIE)), (1, None));
    assert_eq!(agent.get("/check_session", &[]).await.status, StatusCode::NOT_FOUND);
    let document = agent.get("/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(document.get("check_session_iframe"), None);
}
