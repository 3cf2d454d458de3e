//! The page's files.

use http::{Request, StatusCode};

use super::{ask, config, get, get_with, with};
use crate::Settings;

#[tokio::test]
async fn serves_the_two_files_and_no_other() {
    let script = get("/assets/app.js").await;
    assert_eq!((script.body.as_str(), script.header("content-type")), ("script", "text/javascript; charset=utf-8"));
    assert_eq!(get("/assets/app.css").await.header("content-type"), "text/css; charset=utf-8");
    for path in ["/assets/other.js", "/assets/spa-worker.js", "/assets/silent-callback.js", "/assets/icon.svg"] {
        assert_eq!(get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_worker_is_there_where_it_holds_the_tokens() {
    let answer = get_with(with("store", "worker"), "/assets/spa-worker.js").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "worker"));
    // A worker takes its policy from its own answer.
    assert!(answer.policy().contains("connect-src 'self' https://api.app1.test"), "{}", answer.policy());
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again() {
    let first = get("/assets/app.js").await;
    let etag = first.header("etag").to_owned();
    for (known, status) in [
        (etag.clone(), StatusCode::NOT_MODIFIED),
        (format!("W/{etag}"), StatusCode::NOT_MODIFIED),
        (format!("\"other\", {etag}"), StatusCode::NOT_MODIFIED),
        ("\"other\"".to_owned(), StatusCode::OK),
        ("é".to_owned(), StatusCode::OK),
    ] {
        let request = Request::get("/assets/app.js").header("if-none-match", known.as_bytes());
        assert_eq!(ask(config(), Settings::default(), request).await.status, status, "{known}");
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

#[tokio::test]
async fn an_icon_is_linked_and_served() {
    let mut config = config();
    config.page.icon = Some("<svg/>".to_owned());
    let icon = ask(config.clone(), Settings::default(), Request::get("/assets/icon.svg")).await;
    assert_eq!((icon.body.as_str(), icon.header("content-type")), ("<svg/>", "image/svg+xml"));
    let page = ask(config, Settings::default(), Request::get("/")).await;
    assert!(page.body.contains(r#"<link rel="icon" href="/assets/icon.svg">"#));
}
