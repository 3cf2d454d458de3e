//! Wrong methods and addresses (RFC 9110 §15.5.6).

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use mock_idp::Settings;

use super::FORM;
use crate::agent::Agent;

/// Every endpoint, and the methods that it takes.
const ENDPOINTS: &[(&str, &[&str])] = &[
    ("/.well-known/openid-configuration", &["GET"]),
    ("/.well-known/oauth-authorization-server", &["GET"]),
    ("/jwks", &["GET"]),
    ("/check_session", &["GET"]),
    ("/authorize", &["GET", "POST"]),
    ("/end_session", &["GET", "POST"]),
    ("/userinfo", &["GET", "POST"]),
    ("/login", &["POST"]),
    ("/consent", &["POST"]),
    ("/end_session/confirm", &["POST"]),
    ("/token", &["POST"]),
    ("/par", &["POST"]),
    ("/introspect", &["POST"]),
    ("/revoke", &["POST"]),
];

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"];

#[tokio::test]
async fn an_endpoint_names_its_methods_to_whoever_uses_another() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let before = agent.issued();
    for (path, allowed) in ENDPOINTS {
        for method in METHODS.iter().filter(|method| !allowed.contains(method)) {
            let request = Request::builder().method(*method).uri(*path).header(header::CONTENT_TYPE, FORM);
            let answer = agent.send(request.body(Body::from("client_id=bff")).unwrap()).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            let said = answer.header(header::ALLOW).unwrap_or_else(|| panic!("no Allow: {method} {path}"));
            assert!(allowed.iter().all(|allowed| said.contains(allowed)), "{method} {path}: {said}");
        }
    }
    assert_eq!(agent.issued(), before);
}

#[tokio::test]
async fn there_is_nothing_elsewhere() {
    let mut agent = Agent::new(Settings::default());
    for path in ["/", "/token/", "/TOKEN", "/authorize/x", "//authorize", "/jwks.json", "/.well-known/", "/control"] {
        assert_eq!(agent.visit(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
