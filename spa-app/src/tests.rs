//! Asks the router.

use axum::body::Body;
use hosting::{Handed, Origin};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{Config, Credential, Page, Settings, Switch, app};

fn config() -> Config {
    let origin = |text| Origin::parse(text).unwrap();
    Config {
        origin: origin("https://spa.app1.test"),
        issuer: origin("https://login.idp1.test"),
        api: origin("https://api.app1.test"),
        client_id: "spa".to_owned(),
        page: Page { script: "script".to_owned(), style: "style".to_owned(), implant: None },
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(config: Config, settings: Settings, request: http::request::Builder) -> Answer {
    let router = app(config, settings, Handed::for_tests());
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

async fn get(path: &str) -> Answer {
    ask(config(), Settings::default(), Request::get(path)).await
}

#[tokio::test]
async fn every_unknown_path_is_the_host_page() {
    for path in ["/", "/callback?code=abc&state=def", "/any/where"] {
        let answer = get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.body.contains(r#"<div id="app"></div>"#), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.body.contains("abc"), "nothing of the address comes back");
    }
    assert_eq!(
        ask(config(), Settings::default(), Request::post("/callback")).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn serves_the_two_files_and_no_other() {
    let script = get("/assets/app.js").await;
    assert_eq!((script.body.as_str(), script.header("content-type")), ("script", "text/javascript; charset=utf-8"));
    assert_eq!(get("/assets/app.css").await.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(get("/assets/other.js").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_policy_admits_the_two_peers_and_nobody_else() {
    let policy = get("/").await.header("content-security-policy").to_owned();
    assert!(policy.contains("connect-src 'self' https://api.app1.test https://login.idp1.test;"), "{policy}");
    assert!(policy.contains("require-trusted-types-for 'script'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn without_the_switch_there_is_no_policy() {
    let settings = Settings { csp: Switch::Off, ..Settings::default() };
    let answer = ask(config(), settings, Request::get("/")).await;
    assert_eq!(answer.header("content-security-policy"), "");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn refuses_to_deliver_a_service_worker() {
    let answer =
        ask(config(), Settings::default(), Request::get("/assets/app.js").header("service-worker", "script")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_page_is_told_its_peers_and_switches() {
    let settings = Settings { credential: Credential::Cookie, revoke: Switch::Off, ..Settings::default() };
    let answer = ask(config(), settings, Request::get("/settings.json")).await;
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    for (name, value) in [
        ("authority", Value::from("https://login.idp1.test")),
        ("redirect_uri", Value::from("https://spa.app1.test/callback")),
        ("post_logout_redirect_uri", Value::from("https://spa.app1.test/")),
        ("cookie_domain", Value::from("app1.test")),
        ("credential", Value::from("cookie")),
        ("return_url", Value::from("same-origin")),
        ("revoke", Value::from(false)),
        ("pkce", Value::from(true)),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
}

#[tokio::test]
async fn an_implant_is_delivered_with_the_script() {
    let mut config = config();
    assert!(!ask(config.clone(), Settings::default(), Request::get("/assets/app.js")).await.body.contains("hostile"));
    config.page.implant = Some("hostile()".to_owned());
    let answer = ask(config, Settings::default(), Request::get("/assets/app.js")).await;
    assert_eq!(answer.body, "script\n;hostile()");
}
