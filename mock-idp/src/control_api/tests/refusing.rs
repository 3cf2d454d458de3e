//! What is refused before any route sees it: web pages, other types of content, what is too long, what is no route.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt as _;

use super::super::input::LONGEST;
use super::play::{Answer, ISSUER, Play, public_client, user};
use crate::{Settings, Switch};

fn with(name: &str, value: &str) -> Request<Body> {
    Request::post("/users/alice/disable").header(name, value).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_web_page_is_refused_and_changes_nothing() {
    let play = Play::new();
    let pages = [
        ("origin", "https://evil.test"),
        ("origin", "null"),
        ("origin", ISSUER),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "None"),
    ];
    for (name, value) in pages {
        let Answer { status, body } = play.send(with(name, value)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(body["error"].as_str().unwrap().to_ascii_lowercase().contains(name), "{body}");
    }
    assert!(play.code("alice", "alice-password").await.is_some());
    assert_eq!(play.send(with("sec-fetch-site", "none")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_page_cannot_read_or_preflight() {
    let play = Play::new();
    for (method, path) in [("GET", "/users"), ("OPTIONS", "/users"), ("GET", "/openapi.json"), ("GET", "/nothing")] {
        let request = Request::builder().method(method).uri(path).header(header::ORIGIN, "https://evil.test");
        let response = play.api.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method} {path}");
        assert_eq!(response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN), None, "{method} {path}");
        assert_eq!(response.headers().get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff", "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_must_be_called_json() {
    let play = Play::new();
    let text = user("sub-carol", "carol").to_string();
    let put = |content_type: Option<&str>, text: String| {
        let request = Request::put("/users/sub-carol");
        let request = match content_type {
            Some(content_type) => request.header(header::CONTENT_TYPE, content_type),
            None => request,
        };
        request.body(Body::from(text)).unwrap()
    };
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("text/json")] {
        let Answer { status, body } = play.send(put(content_type, text.clone())).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}: {body}");
    }
    let cases = [(String::new(), 400), ("{".to_owned(), 400), ("[]".to_owned(), 422), ("{} {}".to_owned(), 400)];
    for (text, status) in cases {
        let answer = play.send(put(Some("application/json"), text.clone())).await;
        assert_eq!(answer.status.as_u16(), status, "{text}: {}", answer.body);
    }
    let answer = play.send(put(Some("Application/JSON; charset=utf-8"), text)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_read() {
    let play = Play::new();
    for (length, status) in [(LONGEST, 400), (LONGEST + 1, 413)] {
        let request = Request::put("/users/sub-carol").header(header::CONTENT_TYPE, "application/json");
        let answer = play.send(request.body(Body::from("x".repeat(length))).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    }
}

#[tokio::test]
async fn what_is_no_route_is_told_the_nearest() {
    let play = Play::new();
    let Answer { status, body } = play.ask("GET", "/user", None).await;
    assert_eq!((status, &body["hint"]), (StatusCode::NOT_FOUND, &json!("did you mean \"/users\"?")));
    let Answer { status, body } = play.ask("POST", "/users", None).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(body["error"], "/users does not take POST");
    assert_eq!(play.ask("GET", "/users/%ff", None).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(play.ask("DELETE", "/clients/%ff", None).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_unknown_member_is_told_the_nearest() {
    let play = Play::new();
    let mut body = user("sub-carol", "carol");
    body["passwort"] = json!("hunter22");
    let Answer { status, body } = play.ask("PUT", "/users/sub-carol", Some(&body)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body, json!({"error": "the body has no key \"passwort\"", "hint": "did you mean \"password\"?"}));
    let Answer { body, .. } = play.ask("GET", "/events?afterr=1", None).await;
    assert_eq!(body["hint"], "did you mean \"after\"?");
}

#[tokio::test]
async fn a_query_parameter_that_comes_twice_is_refused_by_name() {
    let play = Play::new();
    for (method, path, name) in [
        ("GET", "/events?after=1&after=1", "after"),
        ("DELETE", "/lies/armed?client_id=app&lie=dpop.bearer&client_id=api", "client_id"),
    ] {
        let Answer { status, body } = play.ask(method, path, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {body}");
        assert_eq!(body["error"], format!("the query has {name:?} more than once"));
    }
}

#[tokio::test]
async fn what_the_profile_forbids_is_refused_with_the_member_to_change() {
    let mut client = public_client("app");
    client["id_token_signed_response_alg"] = json!("RS256");
    let play = Play::under(Settings { fapi: Switch::On, ..Settings::default() });
    let Answer { status, body } = play.ask("PUT", "/clients/app", Some(&client)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body["error"].as_str().unwrap().contains("choose ES256, PS256 or EdDSA"), "{body}");
    assert_eq!(body["hint"], "set id_token_signed_response_alg to one of these");
    assert_eq!(Play::new().ask("PUT", "/clients/app", Some(&client)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_password_of_the_wrong_kind_is_not_quoted() {
    let play = Play::new();
    let Answer { body, .. } = play.ask("PUT", "/users/alice/password", Some(&json!({"password": 271_828}))).await;
    assert_eq!(body, json!({"error": "password cannot be a number", "hint": "it must be a text"}));
}
