//! The router, asked as a browser or an attacker asks it; each switch off shows its defect.

use axum::body::Body;
use hosting::{Handed, Origin, Secret};
use http::{Request, Response, StatusCode, header};
use tower::ServiceExt as _;

use crate::{Config, Page, Settings, Switch};

fn config() -> Config {
    let origin = |text| Origin::parse(text).unwrap();
    Config {
        origin: origin("https://bff.test"),
        issuer: origin("https://idp.test"),
        client_id: "bff".to_owned(),
        client_secret: Secret::new("secret"),
        downstream: origin("https://orders.test"),
        page: Page { script: "page()".to_owned(), style: String::new(), implant: None },
    }
}

async fn ask(settings: Settings, request: http::request::Builder) -> Response<Body> {
    let router = crate::app(config(), settings, Handed::for_tests()).router;
    router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path)
}

#[tokio::test]
async fn every_api_request_needs_the_header_whatever_its_method() {
    for (method, path) in [
        ("GET", "/bff/user"),
        ("GET", "/api/accounts"),
        ("POST", "/api/transfers"),
        ("GET", "/api/orders/list"),
        ("POST", "/bff/logout"),
    ] {
        assert_eq!(
            ask(Settings::default(), request(method, path)).await.status(),
            StatusCode::FORBIDDEN,
            "{method} {path}"
        );
        let with = request(method, path).header("x-csrf", "1").header("sec-fetch-site", "same-origin");
        assert_eq!(ask(Settings::default(), with).await.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
    }
}

#[tokio::test]
async fn unsafe_methods_need_the_own_origin() {
    let from =
        |origin: &str| request("POST", "/api/transfers").header("x-csrf", "1").header("origin", origin.to_owned());
    for origin in ["https://evil.test", "https://sibling.bff.test", "null", "http://bff.test", "https://bff.test:8443"]
    {
        assert_eq!(ask(Settings::default(), from(origin)).await.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(ask(Settings::default(), from("https://bff.test")).await.status(), StatusCode::UNAUTHORIZED);
    let nameless = request("POST", "/api/transfers").header("x-csrf", "1");
    assert_eq!(ask(Settings::default(), nameless).await.status(), StatusCode::FORBIDDEN);
    let mut open = Settings::default();
    open.csrf.origin = Switch::Off;
    assert_eq!(ask(open, from("https://evil.test")).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn without_the_header_a_foreign_read_reaches_the_session_check() {
    let mut open = Settings::default();
    open.csrf.header = Switch::Off;
    assert_eq!(ask(open, request("GET", "/api/accounts")).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_cookie_that_comes_twice_is_refused() {
    let twice = request("GET", "/bff/user")
        .header("x-csrf", "1")
        .header("cookie", "__Host-Http-session=a; __Host-Http-session=b");
    assert_eq!(ask(Settings::default(), twice).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_host_page_has_a_fresh_nonce_and_forbids_the_rest() {
    let policy =
        |response: &Response<Body>| response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    let (first, second) =
        (ask(Settings::default(), request("GET", "/")).await, ask(Settings::default(), request("GET", "/")).await);
    assert_ne!(policy(&first), policy(&second));
    for part in
        ["default-src 'none'", "worker-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]
    {
        assert!(policy(&first).contains(part), "{part}");
    }
    let mut weak = Settings::default();
    (weak.csp.nonce, weak.csp.trusted_types) = (Switch::Off, Switch::Off);
    let weak = policy(&ask(weak, request("GET", "/")).await);
    assert!(weak.contains("'unsafe-inline'") && !weak.contains("trusted-types"), "{weak}");
}

#[tokio::test]
async fn the_callback_always_redirects_to_a_local_page() {
    for query in ["", "?code=c&state=s", "?error=access_denied", "?state=a&state=b", "?code=c"] {
        let response = ask(Settings::default(), request("GET", &format!("/bff/callback{query}"))).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{query}");
        assert!(response.headers()[header::LOCATION].to_str().unwrap().starts_with("/?sign_in_failed="), "{query}");
    }
    let mut weak = Settings::default();
    weak.tx.redirect_always = Switch::Off;
    let page = ask(weak, request("GET", "/bff/callback?code=c&state=s")).await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST, "a page is shown while the code stands in its address");
}

#[tokio::test]
async fn tokens_are_not_handed_out_unless_the_switch_says_so() {
    let asked = || request("GET", "/bff/tokens").header("x-csrf", "1");
    assert_eq!(ask(Settings::default(), asked()).await.status(), StatusCode::NOT_FOUND);
    let open = Settings { handed_out: crate::HandedOut::All, ..Settings::default() };
    assert_eq!(ask(open, asked()).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn service_workers_are_refused() {
    let worker = request("GET", "/assets/app.js").header("service-worker", "script");
    assert_eq!(ask(Settings::default(), worker).await.status(), StatusCode::FORBIDDEN);
    let mut weak = Settings::default();
    weak.csp.worker = Switch::Off;
    let worker = request("GET", "/assets/app.js").header("service-worker", "script");
    assert_eq!(ask(weak, worker).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_ticket_that_is_unknown_leads_home() {
    let response = ask(Settings::default(), request("GET", "/bff/signed-out?ticket=guess")).await;
    assert_eq!(response.headers()[header::LOCATION], "/");
}
