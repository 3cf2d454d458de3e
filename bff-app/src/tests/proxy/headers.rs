//! What goes to an API beside the path, and what comes back beside the body.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::any;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use super::{Play, TOKEN};
use crate::tests::agent::{config, own, text};
use crate::{Settings, Switch};

fn silent() -> Router {
    Router::new().fallback(any(|| async {}))
}

/// An API that answers with these headers and this text.
fn answering(status: StatusCode, headers: &'static [(&'static str, &'static str)], body: &'static str) -> Router {
    Router::new().fallback(any(move || async move {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        for (name, value) in headers {
            response.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    }))
}

fn settings(change: impl FnOnce(&mut crate::Proxy)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings.proxy);
    settings
}

#[tokio::test]
async fn an_api_gets_the_request_and_our_credential_and_nothing_of_the_callers() {
    let play = Play::new(Settings::default(), silent()).await;
    let request = own("GET", "/api/orders/list")
        .header(header::COOKIE, &play.cookie)
        .header(header::AUTHORIZATION, "Bearer of-the-caller")
        .header(header::ACCEPT, "application/json")
        .header("X_Forwarded_User", "admin")
        .header("x-user-id", "1")
        .header(header::CONNECTION, "x-hop")
        .header("x-hop", "a")
        .header(header::REFERER, "https://bff.test/")
        .header("idempotency-key", "7");
    assert_eq!(play.agent.ask(request).await.status(), StatusCode::OK);
    let asked = play.asked_once();
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!((asked.header("accept"), asked.header("idempotency-key")), (Some("application/json"), Some("7")));
    for name in
        ["cookie", "x_forwarded_user", "x-user-id", "connection", "x-hop", "referer", "x-csrf", "sec-fetch-site"]
    {
        assert_eq!(asked.header(name), None, "{name}");
    }
    assert_eq!(asked.header("host"), Some("orders.test"));
}

#[tokio::test]
async fn each_switch_off_lets_its_header_through() {
    let sent = [("cookie", "a=b"), ("authorization", "Bearer of-the-caller"), ("x-forwarded-user", "admin")];
    for (at, weak) in [
        settings(|proxy| proxy.strip_cookie = Switch::Off),
        settings(|proxy| proxy.strip_authz = Switch::Off),
        settings(|proxy| proxy.strip_ident = Switch::Off),
    ]
    .into_iter()
    .enumerate()
    {
        let play = Play::new(weak, silent()).await;
        let request = own("GET", "/api/orders/list")
            .header(header::COOKIE, format!("{}; a=b", play.cookie))
            .header(header::AUTHORIZATION, "Bearer of-the-caller")
            .header("x-forwarded-user", "admin");
        assert_eq!(play.agent.ask(request).await.status(), StatusCode::OK);
        let asked = play.asked_once();
        let has = |(name, value): &(&str, &str)| asked.header(name).is_some_and(|found| found.contains(value));
        let through: Vec<usize> = (0..sent.len()).filter(|at| has(&sent[*at])).collect();
        assert_eq!(through, [at]);
    }
}

const LOUD: &[(&str, &str)] = &[
    ("set-cookie", "__Host-Http-session=stolen; Path=/; Secure; HttpOnly"),
    ("access-control-allow-origin", "https://evil.test"),
    ("access-control-allow-credentials", "true"),
    ("clear-site-data", "\"*\""),
    ("refresh", "0; url=https://evil.test"),
    ("service-worker-allowed", "/"),
    ("etag", "\"7\""),
];

#[tokio::test]
async fn an_api_does_not_speak_in_the_applications_name() {
    let play = Play::new(Settings::default(), answering(StatusCode::OK, LOUD, "told")).await;
    let response = play.ask("GET", "/api/orders/list").await;
    for (name, _) in LOUD {
        assert_eq!(response.headers().contains_key(*name), *name == "etag", "{name}");
    }
    let weak = settings(|proxy| proxy.strip_resp = Switch::Off);
    let play = Play::new(weak, answering(StatusCode::OK, LOUD, "told")).await;
    let response = play.ask("GET", "/api/orders/list").await;
    for (name, value) in LOUD {
        assert_eq!(response.headers()[*name], *value);
    }
}

#[tokio::test]
async fn an_answer_can_be_no_page_of_the_application() {
    const HTML: &[(&str, &str)] = &[("content-type", "text/html"), ("content-security-policy", "script-src *")];
    let play = Play::new(Settings::default(), answering(StatusCode::OK, HTML, "<script>")).await;
    let response = play.ask("GET", "/api/orders/list").await;
    assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], "sandbox; default-src 'none'");
    assert_eq!(response.headers()[header::CONTENT_DISPOSITION], "attachment");
    assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let weak = settings(|proxy| proxy.sandbox = Switch::Off);
    let play = Play::new(weak, answering(StatusCode::OK, HTML, "<script>")).await;
    let response = play.ask("GET", "/api/orders/list").await;
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(!policy.contains("sandbox") && !policy.contains("default-src"), "its script would run: {policy}");
    assert!(!response.headers().contains_key(header::CONTENT_DISPOSITION));
}

#[tokio::test]
async fn an_answer_about_a_user_is_in_no_cache_whatever_the_api_says() {
    const PUBLIC: &[(&str, &str)] = &[("cache-control", "public, max-age=600")];
    let play = Play::new(Settings::default(), answering(StatusCode::OK, PUBLIC, "told")).await;
    assert_eq!(play.ask("GET", "/api/orders/list").await.headers()[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn a_redirect_is_told_only_within_the_api_and_never_followed() {
    for (location, told) in [
        ("/orders/list/5", Some("/api/orders/list/5")),
        ("http://orders.test/orders/list/5", Some("/api/orders/list/5")),
        ("/admin", None),
        ("http://evil.test/orders", None),
    ] {
        let headers: &'static [(&str, &str)] = Box::leak(Box::new([("location", location)]));
        let play = Play::new(Settings::default(), answering(StatusCode::FOUND, headers, "")).await;
        let response = play.ask("GET", "/api/orders/list").await;
        assert_eq!(response.status(), StatusCode::FOUND);
        assert_eq!(response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap()), told, "{location}");
        assert_eq!(play.asked_once().address, "orders.test/orders/list");
    }
}

#[tokio::test]
async fn a_proxy_that_follows_takes_the_token_along() {
    let api = Router::new().fallback(any(|request: Request| async move {
        let mut response = Response::new(Body::from("arrived"));
        if request.headers()[header::HOST] == "orders.test" {
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("http://evil.test/steal"));
        }
        response
    }));
    let play = Play::new(settings(|proxy| proxy.no_follow = Switch::Off), api).await;
    assert_eq!(text(play.ask("GET", "/api/orders/list").await).await, "arrived");
    let stolen = play.asked().pop().unwrap();
    assert_eq!(stolen.address, "evil.test/steal");
    assert!(stolen.header("authorization").unwrap().ends_with(TOKEN));
}

#[tokio::test]
async fn a_refusal_that_shows_the_credential_is_not_shown() {
    let told = answering(
        StatusCode::UNPROCESSABLE_ENTITY,
        &[("content-type", "application/json")],
        "{\"amount\":\"missing\"}",
    );
    let play = Play::new(Settings::default(), told).await;
    let response = play.ask("POST", "/api/orders/list").await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(text(response).await, "{\"amount\":\"missing\"}");
    let debugging = Router::new().fallback(any(|request: Request| async move {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("failed on {:?}", request.headers()))
    }));
    let play = Play::new(Settings::default(), debugging).await;
    let response = play.ask("GET", "/api/orders/list").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let shown = text(response).await;
    assert!(!shown.contains(TOKEN) && shown.contains("not passed on"), "{shown}");
}

#[tokio::test]
async fn a_refusal_without_a_text_shows_the_credential_in_no_header_either() {
    let debugging = Router::new().fallback(any(|request: Request| async move {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response.headers_mut().insert("x-debug", request.headers()[header::AUTHORIZATION].clone());
        response
    }));
    let mut config = config();
    config.apis[0].routes[0].methods.push(Method::HEAD);
    let play = Play::with(config, Settings::default(), debugging, None).await;
    for method in ["GET", "HEAD"] {
        let response = play.ask(method, "/api/orders/list").await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(!response.headers().contains_key("x-debug"), "{method}");
    }
}

#[tokio::test]
async fn a_protocol_that_nobody_asked_for_is_not_begun() {
    const UPGRADE: &[(&str, &str)] = &[("connection", "upgrade"), ("upgrade", "h2c")];
    let play = Play::new(Settings::default(), answering(StatusCode::SWITCHING_PROTOCOLS, UPGRADE, "")).await;
    assert_eq!(play.ask("GET", "/api/orders/list").await.status(), StatusCode::BAD_GATEWAY);
}
