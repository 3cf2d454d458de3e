//! Requests that no browser of a user's sends: each gets an answer of the right status, and none a file that is not there.

use http::{Request, StatusCode};

use super::{ask, config, get};
use crate::Settings;

#[tokio::test]
async fn an_encoded_path_is_no_other_path() {
    for (path, status) in [
        ("/%00", StatusCode::OK),
        ("/%ff%fe", StatusCode::OK),
        ("/%2e%2e/%2e%2e/etc/passwd", StatusCode::OK),
        ("/../../etc/passwd", StatusCode::OK),
        ("//evil1.test/", StatusCode::OK),
        ("/%2Fassets/app.js", StatusCode::OK),
        ("/Settings.json", StatusCode::OK),
        ("/settings.json%00", StatusCode::OK),
        ("/%3Cscript%3Ehostile()%3C/script%3E", StatusCode::OK),
        ("/assets/%00", StatusCode::NOT_FOUND),
        ("/assets/%ff", StatusCode::NOT_FOUND),
        ("/assets/%2e%2e/app.js", StatusCode::NOT_FOUND),
        ("/assets/../settings.json", StatusCode::NOT_FOUND),
        ("/assets/%61pp.js", StatusCode::NOT_FOUND),
    ] {
        let answer = get(path).await;
        assert_eq!(answer.status, status, "{path}");
        let is_page = answer.body.contains(r#"<div id="app"></div>"#);
        assert_eq!(is_page, status == StatusCode::OK, "{path}: the host page, or nothing");
        assert!(!answer.body.contains("hostile"), "{path}");
    }
}

#[tokio::test]
async fn a_huge_query_changes_nothing() {
    let huge = "x".repeat(60_000);
    for (path, status) in [
        ("/", StatusCode::OK),
        ("/callback", StatusCode::OK),
        ("/settings.json", StatusCode::OK),
        ("/assets/app.js", StatusCode::OK),
        ("/assets/other.js", StatusCode::NOT_FOUND),
    ] {
        let answer = get(&format!("{path}?a=%ff&&=&{huge}")).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(!answer.body.contains("xxxx"), "{path}");
    }
    let answer = get(&format!("/frontchannel-logout?sid={huge}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.len() < 200);
}

#[tokio::test]
async fn an_odd_method_is_refused_everywhere() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW", "get"] {
        for path in ["/", "/any/where", "/settings.json", "/assets/app.js", "/assets/other.js", "/silent-callback"] {
            let answer = ask(config(), Settings::default(), Request::builder().method(method).uri(path)).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert!(answer.header("allow").contains("GET"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_header_that_is_no_text_is_not_read() {
    for name in ["accept", "cookie", "host", "if-none-match", "origin", "referer", "x-unknown"] {
        for path in ["/", "/settings.json", "/assets/app.js"] {
            let request = Request::get(path).header(name, &[0xff, b'"', 0xe9, b',', 0x80][..]);
            assert_eq!(ask(config(), Settings::default(), request).await.status, StatusCode::OK, "{name} {path}");
        }
    }
}
