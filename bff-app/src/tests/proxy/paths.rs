//! What of an API can be reached.

use axum::Router;
use axum::routing::any;
use http::{Method, StatusCode, Version, header};

use super::{Play, TOKEN};
use crate::tests::agent::{config, own, request};
use crate::{Config, Route, Settings, Switch};

fn api() -> Router {
    Router::new().fallback(any(|| async { "answered" }))
}

/// An API of which a list can be read, and one entry changed.
fn registered() -> Config {
    let route = |methods: &[Method], path: &str| Route { methods: methods.to_vec(), path: path.to_owned() };
    let mut config = config();
    config.apis[0].routes =
        vec![route(&[Method::GET], "list"), route(&[Method::GET, Method::PUT], "list/*"), route(&[Method::GET], "")];
    config
}

#[tokio::test]
async fn registered_routes_pass_with_the_users_token() {
    let play = Play::with(registered(), Settings::default(), api(), None).await;
    for (path, address) in [
        ("/api/orders", "orders.test/orders"),
        ("/api/orders/list?page=2", "orders.test/orders/list"),
        ("/api/orders/list/5", "orders.test/orders/list/5"),
    ] {
        assert_eq!(play.ask("GET", path).await.status(), StatusCode::OK, "{path}");
        let asked = play.asked().pop().unwrap();
        assert_eq!(asked.address, address);
        assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    }
}

#[tokio::test]
async fn nothing_else_of_an_api_can_be_reached() {
    let play = Play::with(registered(), Settings::default(), api(), None).await;
    for path in
        ["/api/orders/admin", "/api/orders/list/5/items", "/api/other/list", "/api/ordersx/list", "/api/Orders/list"]
    {
        assert_eq!(play.ask("GET", path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    for (method, path, allow) in [("POST", "/api/orders/list", "GET"), ("DELETE", "/api/orders/list/5", "GET, PUT")] {
        let response = play.ask(method, path).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(response.headers()[header::ALLOW], allow);
    }
    assert!(play.asked().is_empty());
}

#[tokio::test]
async fn without_the_allow_list_the_whole_api_is_open() {
    let mut weak = Settings::default();
    weak.proxy.allowlist = Switch::Off;
    let play = Play::with(registered(), weak, api(), None).await;
    assert_eq!(play.ask("DELETE", "/api/orders/admin/users").await.status(), StatusCode::OK);
    assert_eq!(play.asked_once().address, "orders.test/orders/admin/users");
    assert_eq!(play.ask("TRACE", "/api/orders/list").await.status(), StatusCode::NOT_IMPLEMENTED);
    assert_eq!(play.asked().len(), 1, "what would show the credential is never passed on");
}

#[tokio::test]
async fn no_path_that_could_mean_two_things_is_passed_on() {
    let play = Play::new(Settings::default(), api()).await;
    let lines = include_str!("../../proxy/corpus/paths.txt").lines();
    let mut tried = 0;
    // What begins a query or is no URI does not reach the proxy as a path.
    for line in lines.filter(|line| !line.starts_with("# ") && !line.contains(['?', '#'])) {
        let Ok(path) = format!("/api/orders/{line}").parse::<http::Uri>() else { continue };
        let request = own("GET", "/").uri(path).header(header::COOKIE, &play.cookie);
        assert_eq!(play.agent.ask(request).await.status(), StatusCode::BAD_REQUEST, "{line:?}");
        tried += 1;
    }
    assert!(tried > 60, "{tried}");
    assert!(play.asked().is_empty());
}

#[tokio::test]
async fn without_validated_segments_the_token_leaves_the_route_and_the_host() {
    let mut weak = Settings::default();
    weak.proxy.normalise = Switch::Off;
    let play = Play::new(weak, api()).await;
    for (path, address) in [
        ("/api/orders/%2e%2e/admin", "orders.test/admin"),
        ("/api/orders///evil.test/steal", "evil.test/steal"),
        ("/api/orders/\\\\evil.test/steal", "evil.test/steal"),
    ] {
        assert_eq!(play.ask("GET", path).await.status(), StatusCode::OK, "{path}");
        let asked = play.asked().pop().unwrap();
        assert_eq!(asked.address, address, "{path}");
        assert!(asked.header("authorization").unwrap().ends_with(TOKEN));
    }
}

#[tokio::test]
async fn a_target_that_names_a_host_is_refused_over_http_1_1() {
    let play = Play::new(Settings::default(), api()).await;
    for (version, status) in [(Version::HTTP_11, StatusCode::BAD_REQUEST), (Version::HTTP_2, StatusCode::OK)] {
        let asked = own("GET", "https://bff.test/api/orders/list").version(version);
        assert_eq!(play.agent.ask(asked.header(header::COOKIE, &play.cookie)).await.status(), status, "{version:?}");
    }
}

#[tokio::test]
async fn nobody_who_is_not_signed_in_learns_what_there_is() {
    let play = Play::new(Settings::default(), api()).await;
    for path in ["/api/orders/list", "/api/orders/..", "/api/other"] {
        assert_eq!(play.agent.ask(own("GET", path)).await.status(), StatusCode::UNAUTHORIZED, "{path}");
        let forged = request("GET", path).header(header::COOKIE, &play.cookie);
        assert_eq!(play.agent.ask(forged).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert!(play.asked().is_empty());
}

#[tokio::test]
async fn an_api_without_an_address_is_a_failure_of_ours() {
    let mut config = config();
    config.apis[0].base = "orders".to_owned();
    let play = Play::with(config, Settings::default(), api(), None).await;
    assert_eq!(play.ask("GET", "/api/orders/list").await.status(), StatusCode::BAD_GATEWAY);
}
