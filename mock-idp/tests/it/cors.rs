//! What scripts of other origins may ask for and read (Fetch standard, CORS protocol).

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use mock_idp::Settings;

use crate::agent::{Agent, Answer, SPA};

async fn from_origin(agent: &Agent, method: Method, path: &str, origin: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header(header::ORIGIN, origin);
    let request = request.header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
    agent.stranger().send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn scripts_of_registered_origins_may_call_what_a_public_client_needs() {
    let agent = Agent::new(Settings::default());
    for path in ["/.well-known/openid-configuration", "/jwks", "/par", "/token", "/revoke", "/userinfo"] {
        let preflight = from_origin(&agent, Method::OPTIONS, path, SPA).await;
        assert_eq!(preflight.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some(SPA), "{path}");
        assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None, "{path}");
        let evil = from_origin(&agent, Method::OPTIONS, path, "https://evil.test").await;
        assert_eq!(evil.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), None, "{path}");
        let is_document = ["/.well-known/openid-configuration", "/jwks"].contains(&path);
        let method = if is_document { Method::GET } else { Method::POST };
        let answer = from_origin(&agent, method, path, SPA).await;
        assert_eq!(answer.status.is_success(), is_document, "{path}");
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some(SPA), "{path}, errors too");
    }
    for path in ["/authorize", "/login", "/consent", "/introspect", "/end_session", "/check_session"] {
        let preflight = from_origin(&agent, Method::OPTIONS, path, SPA).await;
        assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), None, "{path}");
    }
}

#[tokio::test]
async fn an_answer_is_for_the_scripts_of_its_own_client_alone() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    agent.change_client("bff", |client| client.allowed_origins = vec!["https://other.test".to_owned()]);
    let readable = |answer: &Answer| answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN).map(str::to_owned);
    let bearer = format!("Bearer {}", tokens.access);
    for (origin, may_read) in [(SPA, Some(SPA.to_owned())), ("https://other.test", None), ("https://evil.test", None)] {
        let headers = [("origin", origin), ("authorization", bearer.as_str())];
        assert_eq!(readable(&agent.userinfo(&headers).await), may_read, "userinfo, {origin}");
        for path in ["/token", "/revoke", "/par"] {
            // Nothing but its client is right about the form.
            let answer = agent.call_with(path, &[("client_id", "spa")], &[("origin", origin)]).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}, {origin}");
            assert_eq!(readable(&answer), may_read, "{path}, {origin}");
        }
    }
}

/// Source: RFC 9110 §9.3.7.
#[tokio::test]
async fn whoever_asks_for_the_methods_and_is_no_browser_hears_them() {
    let mut agent = Agent::new(Settings::default());
    let endpoints = [
        ("/.well-known/openid-configuration", "GET, HEAD, OPTIONS"),
        ("/.well-known/oauth-authorization-server", "GET, HEAD, OPTIONS"),
        ("/jwks", "GET, HEAD, OPTIONS"),
        ("/userinfo", "GET, HEAD, POST, OPTIONS"),
        ("/par", "POST, OPTIONS"),
        ("/token", "POST, OPTIONS"),
        ("/revoke", "POST, OPTIONS"),
    ];
    for (path, methods) in endpoints {
        let request = Request::options(path).header(header::ORIGIN, SPA).body(Body::empty()).unwrap();
        let answer = agent.send(request).await;
        assert_eq!((answer.status, answer.header(header::ALLOW)), (StatusCode::NO_CONTENT, Some(methods)), "{path}");
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_METHODS), None, "{path}");
        let preflight = from_origin(&agent, Method::OPTIONS, path, SPA).await;
        assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_METHODS), Some("GET, POST"), "{path}");
    }
}
