//! The endpoints that servers call beside the token endpoint: PAR, introspection, revocation, user info.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use mock_idp::Settings;
use serde_json::json;

use super::{
    FORM, OTHER_TYPES, assert_error, assert_nothing_issued, assert_too_long, flaws, long, post, with, without,
};
use crate::agent::{Agent, Tokens, authorization_request, credentials, encode, redirect_uri};

/// A provider at which alice has signed in, and the tokens of her application.
async fn signed_in() -> (Agent, Tokens) {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    (agent.stranger(), tokens)
}

/// An endpoint, a form that it takes, and the parameters without which it does not.
type Flawless<'a> = (&'static str, Vec<(&'a str, &'a str)>, &'static [&'static str]);

/// A flawless request to each endpoint, with the parameters that it cannot do without.
fn forms<'a>(redirect_uri: &'a str, token: &'a str) -> [Flawless<'a>; 3] {
    let mut push = authorization_request("bff", redirect_uri, &[]);
    push.push(("client_secret", "bff-secret"));
    let about = |client_id| {
        let mut form = credentials(client_id);
        form.extend([("token", token), ("token_type_hint", "access_token")]);
        form
    };
    [
        ("/par", push, &["client_id", "client_secret", "response_type", "code_challenge"]),
        ("/introspect", about("api"), &["client_id", "client_secret", "token"]),
        ("/revoke", about("bff"), &["client_id", "client_secret", "token"]),
    ]
}

/// Checks that alice's token still is what it was: no bad request has ended or changed anything.
async fn assert_unchanged(agent: &Agent, tokens: &Tokens, before: [usize; 5]) {
    assert_nothing_issued(agent, before);
    assert_eq!(agent.control.counts().pushed, 0);
    assert!(agent.is_active(&tokens.access).await);
}

#[tokio::test]
async fn no_parameter_is_doubled_or_in_a_wrong_encoding() {
    let (mut agent, tokens) = signed_in().await;
    let (before, redirect_uri) = (agent.issued(), redirect_uri("bff"));
    for (path, form, _) in forms(&redirect_uri, &tokens.access) {
        for (name, _) in &form {
            for (what, text) in flaws(&form, name) {
                let answer = post(&mut agent, path, Some(FORM), text).await;
                assert_error(&format!("{path} {what}"), &answer, StatusCode::BAD_REQUEST, "invalid_request", name);
            }
        }
    }
    assert_unchanged(&agent, &tokens, before).await;
}

#[tokio::test]
async fn no_parameter_is_missing() {
    let (agent, tokens) = signed_in().await;
    let (before, redirect_uri) = (agent.issued(), redirect_uri("bff"));
    for (path, form, required) in forms(&redirect_uri, &tokens.access) {
        for name in required {
            let (status, error) = match *name {
                "client_secret" => (StatusCode::UNAUTHORIZED, "invalid_client"),
                _ => (StatusCode::BAD_REQUEST, "invalid_request"),
            };
            for bad in [without(&form, name), with(&form, name, "")] {
                let answer = agent.call(path, &bad).await;
                assert_error(&format!("{path} without {name}"), &answer, status, error, name);
            }
        }
    }
    assert_unchanged(&agent, &tokens, before).await;
}

#[tokio::test]
async fn nobody_else_is_answered() {
    let (agent, tokens) = signed_in().await;
    let (before, redirect_uri, long) = (agent.issued(), redirect_uri("bff"), long());
    for (path, form, _) in forms(&redirect_uri, &tokens.access) {
        for (name, value) in
            [("client_id", "nobody"), ("client_id", &long), ("client_secret", "wrong"), ("client_secret", &long)]
        {
            let answer = agent.call(path, &with(&form, name, value)).await;
            assert_error(path, &answer, StatusCode::UNAUTHORIZED, "invalid_client", "client");
        }
    }
    assert_unchanged(&agent, &tokens, before).await;
}

#[tokio::test]
async fn a_request_is_a_form_of_utf_8_and_of_a_bounded_length() {
    let (mut agent, tokens) = signed_in().await;
    let (before, redirect_uri) = (agent.issued(), redirect_uri("bff"));
    for (path, form, _) in forms(&redirect_uri, &tokens.access) {
        let text = encode(&form);
        for content_type in OTHER_TYPES {
            let answer = post(&mut agent, path, *content_type, text.clone()).await;
            assert_error(path, &answer, StatusCode::BAD_REQUEST, "invalid_request", FORM);
        }
        let bytes = [text.as_bytes(), b"&extra=\xff\xfe"].concat();
        let answer = post(&mut agent, path, Some(FORM), bytes).await;
        assert_error(path, &answer, StatusCode::BAD_REQUEST, "invalid_request", "UTF-8");
        let extra = format!("{text}&extra={}", "x".repeat(64 * 1024));
        assert_too_long(path, &post(&mut agent, path, Some(FORM), extra).await);
        let answer = post(&mut agent, &format!("{path}?{text}"), Some(FORM), "").await;
        assert_error(path, &answer, StatusCode::UNAUTHORIZED, "invalid_client", "client");
    }
    assert_unchanged(&agent, &tokens, before).await;
}

/// Source: RFC 7662 §2.2 and RFC 7009 §2.2: a token that nobody knows is no error.
#[tokio::test]
async fn a_token_that_nobody_knows_is_no_error() {
    let (agent, tokens) = signed_in().await;
    let (before, long) = (agent.issued(), long());
    for token in ["unknown", &long, &tokens.id, "\u{0}", "ä", "a b"] {
        assert_eq!(agent.introspect(token).await, json!({"active": false}), "{token:.20}");
        let answer = agent.revoke("bff", token).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""), "{token:.20}");
    }
    for hint in ["refresh_token", "unknown", &long] {
        let mut form = credentials("api");
        form.extend([("token", tokens.access.as_str()), ("token_type_hint", hint)]);
        assert_eq!(agent.call("/introspect", &form).await.json()["active"], true, "a wrong hint changes nothing");
    }
    assert_unchanged(&agent, &tokens, before).await;
}

/// Source: RFC 7009 §2.1 and §2.2.1; RFC 7662 §2.1.
#[tokio::test]
async fn the_token_of_another_client_is_neither_revoked_nor_shown() {
    let (agent, tokens) = signed_in().await;
    let before = agent.issued();
    for token in [&tokens.access, &tokens.refresh] {
        let answer = agent.revoke("spa", token).await;
        assert_error("spa", &answer, StatusCode::BAD_REQUEST, "unauthorized_client", "client");
        assert_eq!(agent.introspect_as("gateway", token).await, json!({"active": false}));
    }
    let mut form = credentials("spa");
    form.push(("token", &tokens.access));
    let answer = agent.call("/introspect", &form).await;
    assert_error("public", &answer, StatusCode::UNAUTHORIZED, "invalid_client", "client");
    assert_unchanged(&agent, &tokens, before).await;
}

/// Source: RFC 6750 §3.1: no code for a request that did not try, `invalid_token` for a token that is worth nothing,
/// `invalid_request` for more than one way at once.
#[tokio::test]
async fn userinfo_opens_to_one_good_token_alone() {
    let (mut agent, tokens) = signed_in().await;
    let before = agent.issued();
    let bearer = format!("Bearer {}", tokens.access);
    let long = format!("Bearer {}", long());
    let (refresh, id) = (format!("Bearer {}", tokens.refresh), format!("Bearer {}", tokens.id));
    let rows: [(&str, &[&str], StatusCode, &str); 11] = [
        ("nothing", &[], StatusCode::UNAUTHORIZED, ""),
        ("another scheme", &["Basic YmZmOmJmZi1zZWNyZXQ="], StatusCode::UNAUTHORIZED, ""),
        ("an unknown scheme", &["Token abc"], StatusCode::UNAUTHORIZED, ""),
        ("no token", &["Bearer"], StatusCode::UNAUTHORIZED, ""),
        ("an unknown token", &["Bearer unknown"], StatusCode::UNAUTHORIZED, "invalid_token"),
        ("two tokens", &["Bearer a b"], StatusCode::UNAUTHORIZED, "invalid_token"),
        ("a refresh token", &[&refresh], StatusCode::UNAUTHORIZED, "invalid_token"),
        ("an ID token", &[&id], StatusCode::UNAUTHORIZED, "invalid_token"),
        ("a long token", &[&long], StatusCode::UNAUTHORIZED, "invalid_token"),
        ("the token twice", &[&bearer, &bearer], StatusCode::BAD_REQUEST, "invalid_request"),
        ("another token behind it", &[&bearer, "Bearer unknown"], StatusCode::BAD_REQUEST, "invalid_request"),
    ];
    for (what, lines, status, error) in rows {
        let headers: Vec<(&str, &str)> = lines.iter().map(|line| ("authorization", *line)).collect();
        let answer = agent.userinfo(&headers).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        if error.is_empty() {
            assert_eq!((answer.text.as_str(), answer.header(header::WWW_AUTHENTICATE)), ("", Some("Bearer")), "{what}");
        } else {
            assert_eq!(answer.error(), error, "{what}");
            assert!(answer.header(header::WWW_AUTHENTICATE).unwrap().contains(error), "{what}");
        }
    }
    // RFC 6750 §2.2 and §2.3 are optional, and not supported here.
    let query = format!("/userinfo?access_token={}", tokens.access);
    assert_eq!(agent.visit(&query).await.status, StatusCode::UNAUTHORIZED);
    let form = encode(&[("access_token", &tokens.access)]);
    assert_eq!(post(&mut agent, "/userinfo", Some(FORM), form).await.status, StatusCode::UNAUTHORIZED);
    assert_unchanged(&agent, &tokens, before).await;
    for method in [Method::GET, Method::POST] {
        let request = Request::builder().method(method).uri("/userinfo").header(header::AUTHORIZATION, &bearer);
        assert_eq!(agent.send(request.body(Body::empty()).unwrap()).await.json()["sub"], "sub-alice");
    }
}
