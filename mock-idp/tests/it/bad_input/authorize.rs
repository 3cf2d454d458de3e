//! The authorization endpoint (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6).

use axum::http::StatusCode;
use mock_idp::Settings;

use super::{
    FORM, OTHER_TYPES, assert_nothing_issued, assert_page, assert_too_long, flaws, long, post, says, with, without,
};
use crate::agent::{Agent, Answer, authorization_request, encode, redirect_uri};

/// What decides where an answer goes: without it, only the person at the browser can be told.
const TRUSTED: &[&str] = &["client_id", "redirect_uri"];

/// A browser whose user is signed in, so that a flawless request gives a code.
async fn signed_in() -> Agent {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    agent
}

/// A request with which nothing is wrong, and that uses what there is.
fn flawless(redirect_uri: &str) -> Vec<(&str, &str)> {
    let more = [
        ("response_mode", "query"),
        ("prompt", "none"),
        ("max_age", "3600"),
        ("login_hint", "alice"),
        ("acr_values", "1"),
        ("resource", "accounts-api"),
    ];
    authorization_request("bff", redirect_uri, &more)
}

/// Checks an error that the client hears, at its own address.
fn assert_error(what: &str, answer: &Answer, error: &str, names: &str) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{what}: {}", answer.text);
    assert!(answer.location().as_str().starts_with(&redirect_uri("bff")), "{what}: {}", answer.location());
    assert_eq!(answer.parameter("error").as_deref(), Some(error), "{what}");
    let description = answer.parameter("error_description").unwrap();
    assert!(says(error, &description, names), "{what}: {description}");
    assert_eq!(answer.parameter("code"), None, "{what}");
    assert!(answer.parameter("iss").is_some(), "{what}: RFC 9207 §2");
}

fn assert_refused(what: &str, name: &str, answer: &Answer, error: &str, names: &str) {
    if TRUSTED.contains(&name) {
        assert_page(what, answer);
    } else {
        assert_error(what, answer, error, names);
    }
}

/// Sends a request both ways (OpenID Connect Core 1.0 §3.1.2.1).
async fn both(agent: &mut Agent, text: &str) -> [Answer; 2] {
    let by_get = agent.visit(&format!("/authorize?{text}")).await;
    [by_get, post(agent, "/authorize", Some(FORM), text.to_owned()).await]
}

#[tokio::test]
async fn no_parameter_is_doubled_or_in_a_wrong_encoding() {
    let mut agent = signed_in().await;
    let before = agent.issued();
    let redirect_uri = redirect_uri("bff");
    let request = flawless(&redirect_uri);
    for (name, _) in &request {
        for (what, text) in flaws(&request, name) {
            for answer in both(&mut agent, &text).await {
                assert_refused(&what, name, &answer, "invalid_request", name);
            }
        }
    }
    assert_nothing_issued(&agent, before);
    for answer in both(&mut agent, &encode(&request)).await {
        assert!(answer.parameter("code").is_some(), "nothing but the flaw: {}", answer.location());
    }
}

#[tokio::test]
async fn no_parameter_is_missing() {
    let mut agent = signed_in().await;
    let before = agent.issued();
    let redirect_uri = redirect_uri("bff");
    let request = flawless(&redirect_uri);
    for (name, error, names) in [
        ("client_id", "", ""),
        ("redirect_uri", "", ""),
        ("response_type", "invalid_request", "response_type"),
        ("scope", "invalid_scope", "scope"),
        // RFC 7636 §4.4.1 suggests the sentences.
        ("code_challenge", "invalid_request", "code challenge required"),
        ("code_challenge_method", "invalid_request", "transform algorithm not supported"),
    ] {
        for bad in [without(&request, name), with(&request, name, "")] {
            for answer in both(&mut agent, &encode(&bad)).await {
                assert_refused(name, name, &answer, error, names);
            }
        }
    }
    assert_nothing_issued(&agent, before);
}

#[tokio::test]
async fn a_wrong_value_gets_the_error_that_its_specification_names() {
    let mut agent = signed_in().await;
    let before = agent.issued();
    let redirect_uri = redirect_uri("bff");
    let (request, long) = (flawless(&redirect_uri), long());
    for (name, value, error, names) in [
        ("client_id", "nobody", "", ""),
        ("client_id", "BFF", "", ""),
        ("redirect_uri", "https://evil.test/callback", "", ""),
        ("redirect_uri", "https://bff.app.test/callback?x", "", ""),
        ("redirect_uri", "javascript:alert(1)", "", ""),
        ("response_type", "token", "unsupported_response_type", "response_type"),
        ("response_type", "code id_token", "unsupported_response_type", "response_type"),
        ("response_type", "CODE", "unsupported_response_type", "response_type"),
        ("response_mode", "pigeon", "invalid_request", "response_mode"),
        ("scope", "admin", "invalid_scope", "scope"),
        ("code_challenge", "too-short", "invalid_request", "code_challenge"),
        ("code_challenge_method", "plain", "invalid_request", "transform algorithm"),
        ("code_challenge_method", "s256", "invalid_request", "transform algorithm"),
        ("prompt", "create", "invalid_request", "prompt"),
        ("max_age", "-1", "invalid_request", "max_age"),
        ("resource", "payments-api", "invalid_target", "resource"),
        ("id_token_hint", "e30.e30.e30", "invalid_request", "id_token_hint"),
        ("request", "e30.e30.e30", "request_not_supported", "request"),
        ("request_uri", "https://app.test/request", "request_uri_not_supported", "request_uri"),
    ] {
        for value in [value, long.as_str()] {
            for answer in both(&mut agent, &encode(&with(&request, name, value))).await {
                assert_refused(&format!("{name}={value:.40}"), name, &answer, error, names);
            }
        }
    }
    assert_nothing_issued(&agent, before);
}

#[tokio::test]
async fn what_the_client_sends_for_itself_may_be_long() {
    let mut agent = signed_in().await;
    let (redirect_uri, long) = (redirect_uri("bff"), long());
    for name in ["state", "nonce", "login_hint", "unknown"] {
        for answer in both(&mut agent, &encode(&with(&flawless(&redirect_uri), name, &long))).await {
            assert!(answer.parameter("code").is_some(), "{name}");
            assert_eq!(answer.parameter("state").unwrap() == long, name == "state");
        }
    }
}

#[tokio::test]
async fn a_posted_request_is_a_form_of_utf_8_and_of_a_bounded_length() {
    let mut agent = signed_in().await;
    let before = agent.issued();
    let redirect_uri = redirect_uri("bff");
    let text = encode(&flawless(&redirect_uri));
    for content_type in OTHER_TYPES {
        assert_page("another type", &post(&mut agent, "/authorize", *content_type, text.clone()).await);
    }
    let bytes = [text.as_bytes(), b"&extra=\xff\xfe"].concat();
    assert_page("bytes", &post(&mut agent, "/authorize", Some(FORM), bytes).await);
    let extra = format!("{text}&extra={}", "x".repeat(64 * 1024));
    assert_too_long("long", &post(&mut agent, "/authorize", Some(FORM), extra).await);
    assert_page("in the query", &post(&mut agent, &format!("/authorize?{text}"), Some(FORM), "").await);
    assert_nothing_issued(&agent, before);
}
