//! What the page is told.

use http::Request;
use serde_json::{Value, json};

use super::{ask, config, get_with, with};
use crate::Settings;

async fn told(settings: Settings) -> Value {
    let answer = get_with(settings, "/settings.json").await;
    assert_eq!(answer.header("cache-control"), "no-store");
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn the_page_is_told_its_peers() {
    let told = told(Settings::default()).await;
    for (name, value) in [
        ("authority", "https://login.idp1.test"),
        ("client_id", "spa"),
        ("api", "https://api.app1.test"),
        ("redirect_uri", "https://spa.app1.test/callback"),
        ("silent_redirect_uri", "https://spa.app1.test/silent-callback"),
        ("post_logout_redirect_uri", "https://spa.app1.test/"),
        ("cookie_domain", "app1.test"),
        ("scope", "openid profile accounts offline_access"),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    assert_eq!(told["resource"], Value::Null);
}

#[tokio::test]
async fn the_page_is_told_of_every_change() {
    let reference = told(Settings::default()).await;
    for (name, change, reads) in [
        ("store", "local-storage", json!("local-storage")),
        ("store", "session-storage", json!("session-storage")),
        ("store", "worker", json!("worker")),
        ("credential", "cookie", json!("cookie")),
        ("renewal", "hidden-frame", json!("hidden-frame")),
        ("ws_auth", "query", json!("query")),
        ("ws_auth", "subprotocol", json!("subprotocol")),
        ("ws_auth", "ticket", json!("ticket")),
        ("id_token", "claims", json!("claims")),
        ("id_token", "off", json!("off")),
        ("return_url", "any", json!("any")),
        ("rt_lock", "off", json!(false)),
        ("revoke", "off", json!(false)),
        ("pkce", "off", json!(false)),
        ("iss", "off", json!(false)),
        ("state", "off", json!(false)),
        ("nonce", "off", json!(false)),
        ("fcl", "off", json!(false)),
        ("sync", "off", json!(false)),
        ("dpop", "on", json!(true)),
        ("monitor", "on", json!(true)),
        ("pwa", "on", json!(true)),
    ] {
        let changed = told(with(name, change)).await;
        assert_eq!(changed[name], reads, "{name} = {change}");
        assert_ne!(changed[name], reference[name], "{name} = {change}");
    }
}

#[tokio::test]
async fn a_page_without_a_refresh_token_asks_for_none() {
    assert_eq!(told(with("renewal", "hidden-frame")).await["scope"], "openid profile accounts");
}

#[tokio::test]
async fn what_the_page_is_given_besides_takes_no_other_place() {
    let mut config = config();
    config.resource = Some("https://api.app1.test/accounts".to_owned());
    config.page.settings = json!({ "widget": "unsafe-html", "api": "https://evil1.test", "iss": false });
    let answer = ask(config, Settings::default(), Request::get("/settings.json")).await;
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(told["widget"], "unsafe-html");
    assert_eq!((&told["api"], &told["iss"]), (&json!("https://api.app1.test"), &json!(true)));
    assert_eq!(told["resource"], "https://api.app1.test/accounts");
}
