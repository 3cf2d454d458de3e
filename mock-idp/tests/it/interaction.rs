//! How the user is asked to sign in: `prompt`, `max_age`, `acr_values`, the hints (OpenID Connect Core 1.0 §3.1.2.1).

use std::time::Duration;

use axum::http::StatusCode;
use hosting::Secret;
use mock_idp::Settings;
use serde_json::json;

use crate::agent::{Agent, Answer, ISSUER, Tokens, claims};

const ONE_TIME_CODE: &str = "424242";

/// A provider at which alice has a second factor, and bob has none.
async fn with_second_factor() -> Agent {
    let agent = Agent::new(Settings::default());
    agent.change_user("alice", |alice| alice.one_time_code = Some(Secret::new(ONE_TIME_CODE))).await;
    agent
}

/// Fills in the login form, second factor included.
async fn fill_in_both(agent: &mut Agent, form: &Answer, username: &str, one_time_code: &str) -> Answer {
    let (transaction, password) = (form.hidden("transaction"), format!("{username}-password"));
    let fields = [
        ("transaction", transaction.as_str()),
        ("username", username),
        ("password", &password),
        ("one_time_code", one_time_code),
    ];
    agent.submit(ISSUER, "/login", &fields).await
}

fn error(answer: &Answer) -> Option<String> {
    answer.parameter("error")
}

fn asks_to_sign_in(answer: &Answer) -> bool {
    answer.status == StatusCode::OK && answer.text.contains("action=\"/login\"")
}

fn asks_for_code(answer: &Answer) -> bool {
    asks_to_sign_in(answer) && answer.text.contains("name=\"one_time_code\"")
}

#[tokio::test]
async fn none_stands_alone_and_unknown_prompts_are_refused() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    for prompt in [
        "none login",
        "login none",
        "none consent",
        "none select_account",
        "create",
        "login create",
        "None",
        "none,login",
    ] {
        let answer = agent.authorize("bff", &[("prompt", prompt)]).await;
        assert_eq!(error(&answer).as_deref(), Some("invalid_request"), "{prompt}");
        assert!(answer.parameter("error_description").unwrap().contains("prompt"), "{prompt}");
        assert_eq!(answer.parameter("code"), None, "{prompt}");
    }
}

#[tokio::test]
async fn none_never_shows_a_page() {
    let mut agent = Agent::new(Settings::default());
    assert_eq!(error(&agent.authorize("bff", &[("prompt", "none")]).await).as_deref(), Some("login_required"));
    agent.code("bff").await;
    assert!(agent.authorize("bff", &[("prompt", "none")]).await.parameter("code").is_some());
    assert_eq!(agent.control.counts().pending, 0);
}

#[tokio::test]
async fn login_and_select_account_ask_for_the_password_again() {
    let mut agent = Agent::new(Settings::default());
    let first = claims(&agent.sign_in("bff").await.id);
    for prompt in ["login", "select_account", "select_account login"] {
        agent.handed.clock.advance(Duration::from_secs(30));
        let form = agent.authorize("bff", &[("prompt", prompt)]).await;
        assert!(asks_to_sign_in(&form), "{prompt}");
        let code = agent.fill_in(&form, "alice").await.parameter("code").unwrap();
        let again = claims(&agent.redeem("bff", &code).await.member("id_token"));
        assert_eq!(again["auth_time"], agent.control.now_s(), "{prompt}");
        assert_eq!(again["sid"], first["sid"], "{prompt}");
    }
}

#[tokio::test]
async fn login_with_consent_asks_both() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let form = agent.authorize("bff", &[("prompt", "login consent")]).await;
    assert!(asks_to_sign_in(&form));
    let question = agent.fill_in(&form, "alice").await;
    assert!(question.text.contains("action=\"/consent\""), "{}", question.text);
}

/// Source: OpenID Connect Core 1.0 §3.1.2.1, `max_age`: “max_age=0 is equivalent to prompt=login”.
#[tokio::test]
async fn a_max_age_of_zero_asks_for_the_password_again() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let silent = agent.authorize("bff", &[("prompt", "none"), ("max_age", "0")]).await;
    assert_eq!(error(&silent).as_deref(), Some("login_required"), "{}", silent.location());
    let form = agent.authorize("bff", &[("max_age", "0")]).await;
    assert!(asks_to_sign_in(&form));
    assert!(agent.fill_in(&form, "alice").await.parameter("code").is_some());
}

#[tokio::test]
async fn a_max_age_is_counted_from_the_password_and_auth_time_says_so() {
    let mut agent = Agent::new(Settings::default());
    let signed_in_s = agent.control.now_s();
    agent.code("bff").await;
    agent.handed.clock.advance(Duration::from_secs(60));
    let code = agent.authorize("bff", &[("max_age", "60")]).await.parameter("code").unwrap();
    assert_eq!(claims(&agent.redeem("bff", &code).await.member("id_token"))["auth_time"], signed_in_s);
    agent.handed.clock.advance(Duration::from_secs(1));
    assert!(asks_to_sign_in(&agent.authorize("bff", &[("max_age", "60")]).await));
}

#[tokio::test]
async fn a_max_age_that_is_no_number_of_seconds_is_refused() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    for max_age in ["-1", "1.5", "soon", "1 ", "99999999999999999999999"] {
        let answer = agent.authorize("bff", &[("max_age", max_age)]).await;
        assert_eq!(error(&answer).as_deref(), Some("invalid_request"), "{max_age}");
        assert!(answer.parameter("error_description").unwrap().contains("max_age"), "{max_age}");
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_said() {
    let mut agent = with_second_factor().await;
    let plain = agent.authorize("bff", &[]).await;
    assert!(asks_to_sign_in(&plain) && !asks_for_code(&plain));
    let form = agent.authorize("bff", &[("acr_values", "2")]).await;
    assert!(asks_for_code(&form), "{}", form.text);
    let code = fill_in_both(&mut agent, &form, "alice", ONE_TIME_CODE).await.parameter("code").unwrap();
    let id_token = claims(&agent.redeem("bff", &code).await.member("id_token"));
    assert_eq!((&id_token["acr"], &id_token["amr"]), (&json!("2"), &json!(["pwd", "otp"])));
}

#[tokio::test]
async fn a_wrong_or_missing_second_factor_does_not_sign_in() {
    let mut agent = with_second_factor().await;
    let form = agent.authorize("bff", &[("acr_values", "2")]).await;
    for wrong in ["000000", "", "4242420", "42424"] {
        let again = fill_in_both(&mut agent, &form, "alice", wrong).await;
        assert_eq!(again.status, StatusCode::BAD_REQUEST, "{wrong:?}");
        assert!(again.text.contains("role=\"alert\"") && again.text.contains("one-time code"), "{}", again.text);
    }
    assert_eq!(agent.fill_in(&form, "alice").await.status, StatusCode::BAD_REQUEST, "the password alone");
    assert_eq!((agent.session_cookie(), agent.issued()), (None, [0; 5]));
    assert!(fill_in_both(&mut agent, &form, "alice", ONE_TIME_CODE).await.parameter("code").is_some());
}

#[tokio::test]
async fn a_session_by_password_is_stepped_up_once() {
    let mut agent = with_second_factor().await;
    let first = claims(&agent.sign_in("bff").await.id);
    assert_eq!((&first["acr"], &first["amr"]), (&json!("1"), &json!(["pwd"])));
    let silent = agent.authorize("bff", &[("acr_values", "2"), ("prompt", "none")]).await;
    assert_eq!(error(&silent).as_deref(), Some("login_required"));
    let form = agent.authorize("bff", &[("acr_values", "2")]).await;
    assert!(asks_for_code(&form));
    fill_in_both(&mut agent, &form, "alice", ONE_TIME_CODE).await;
    for acr_values in ["2", "1", "2 1"] {
        let changes = [("acr_values", acr_values), ("prompt", "none")];
        let code = agent.authorize("bff", &changes).await.parameter("code").unwrap();
        let id_token = claims(&agent.redeem("bff", &code).await.member("id_token"));
        assert_eq!((&id_token["acr"], &id_token["sid"]), (&json!("2"), &first["sid"]), "{acr_values}");
    }
}

#[tokio::test]
async fn acr_values_count_in_the_order_of_preference_and_unknown_ones_not_at_all() {
    let mut agent = with_second_factor().await;
    for (acr_values, asks) in [("1 2", false), ("urn:other 2", true), ("urn:other", false), ("2 1", true)] {
        let form = agent.authorize("bff", &[("acr_values", acr_values)]).await;
        assert_eq!(asks_for_code(&form), asks, "{acr_values}");
    }
}

#[tokio::test]
async fn nobody_is_asked_for_a_factor_that_they_do_not_have() {
    let mut agent = with_second_factor().await;
    let form = agent.authorize("bff", &[("acr_values", "2")]).await;
    let code = agent.fill_in(&form, "bob").await.parameter("code").unwrap();
    assert_eq!(claims(&agent.redeem("bff", &code).await.member("id_token"))["acr"], "1");
    let again = agent.authorize("bff", &[("acr_values", "2"), ("prompt", "none")]).await;
    assert!(again.parameter("code").is_some(), "{}", again.location());
}

#[tokio::test]
async fn a_login_hint_fills_in_the_name() {
    let mut agent = Agent::new(Settings::default());
    let form = agent.authorize("bff", &[("login_hint", "alice")]).await;
    assert_eq!(form.hidden("username"), "alice");
    assert!(agent.fill_in(&form, "bob").await.parameter("code").is_some(), "a hint is no demand");
}

#[tokio::test]
async fn an_id_token_hint_is_a_demand() {
    let mut agent = Agent::new(Settings::default());
    let alice = agent.sign_in("bff").await;
    agent.handed.clock.advance(Duration::from_hours(1));
    let own = [("id_token_hint", alice.id.as_str()), ("prompt", "none")];
    assert!(agent.authorize("spa", &own).await.parameter("code").is_some(), "an expired hint still names the user");

    let mut other = agent.stranger();
    let form = other.authorize("bff", &[("id_token_hint", &alice.id)]).await;
    let answer = other.fill_in(&form, "bob").await;
    assert_eq!(error(&answer).as_deref(), Some("login_required"));
    assert_eq!((answer.parameter("code"), other.session_cookie()), (None, None));
    let form = other.authorize("bff", &[("id_token_hint", &alice.id)]).await;
    assert!(other.fill_in(&form, "alice").await.parameter("code").is_some());
}

#[tokio::test]
async fn a_hint_of_somebody_else_asks_to_sign_in_again() {
    let mut agent = Agent::new(Settings::default());
    let alice = agent.sign_in("bff").await;
    let form = agent.authorize("bff", &[("prompt", "login")]).await;
    agent.fill_in(&form, "bob").await;
    let hint = ("id_token_hint", alice.id.as_str());
    let silent = agent.authorize("bff", &[hint, ("prompt", "none")]).await;
    assert_eq!(error(&silent).as_deref(), Some("login_required"));
    let form = agent.authorize("bff", &[hint]).await;
    assert!(asks_to_sign_in(&form));
    let code = agent.fill_in(&form, "alice").await.parameter("code").unwrap();
    let tokens = Tokens::of(&agent.redeem("bff", &code).await);
    assert_eq!(claims(&tokens.id)["sub"], "sub-alice");
}
