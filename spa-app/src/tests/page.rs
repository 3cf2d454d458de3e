//! The host page.

use http::{Request, StatusCode};

use super::{ask, config, get, get_with, with};
use crate::Settings;

#[tokio::test]
async fn every_unknown_path_is_the_host_page() {
    for path in ["/", "/callback?code=abc&state=def", "/any/where"] {
        let answer = get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert!(answer.body.contains(r#"<div id="app"></div>"#), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.body.contains("abc"), "nothing of the address comes back");
    }
    let posted = ask(config(), Settings::default(), Request::post("/callback")).await;
    assert_eq!((posted.status, posted.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
}

#[tokio::test]
async fn without_the_switch_a_browser_keeps_the_page() {
    assert_eq!(get_with(with("cache", "off"), "/callback?code=abc").await.header("cache-control"), "no-cache");
}
