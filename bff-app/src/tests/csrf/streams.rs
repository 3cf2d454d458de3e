//! Streams, which a browser begins without the header: they are for the own page all the same.

use http::{StatusCode, header, request};

use super::super::agent::{ask, request};
use super::with;
use crate::settings::{Settings, Switch};

/// Begins a stream as a browser does; a page can add nothing to it.
fn stream(kind: &str, path: &str) -> request::Builder {
    match kind {
        "events" => request("GET", path).header(header::ACCEPT, "text/event-stream"),
        _ => request("GET", path).header(header::UPGRADE, "websocket").header(header::CONNECTION, "Upgrade"),
    }
}

#[tokio::test]
async fn streams_are_for_the_own_page_without_the_header() {
    for path in ["/api/feed", "/api/orders/feed"] {
        for (name, value, expected) in [
            ("sec-fetch-site", "same-origin", 401),
            // A client that is no browser has no cookie that could be abused.
            ("x-nothing", "", 401),
            ("sec-fetch-site", "same-site", 403),
            ("sec-fetch-site", "cross-site", 403),
            ("origin", "https://sibling.bff.test", 403),
            ("origin", "null", 403),
        ] {
            let request = stream("events", path).header(name, value);
            assert_eq!(ask(Settings::default(), request).await.status(), expected, "{path} {name}: {value}");
        }
        let open = with(|settings| settings.sse.origin = Switch::Off);
        let foreign = stream("events", path).header("origin", "https://evil.test");
        assert_eq!(ask(open, foreign).await.status(), StatusCode::UNAUTHORIZED, "the weak variant");
    }
}

#[tokio::test]
async fn a_websocket_must_name_the_own_origin() {
    for path in ["/api/live", "/api/orders/live"] {
        for origin in [None, Some("https://evil.test"), Some("https://sibling.bff.test"), Some("null"), Some("")] {
            let mut request = stream("websocket", path).header("sec-fetch-site", "same-origin");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            assert_eq!(ask(Settings::default(), request).await.status(), StatusCode::FORBIDDEN, "{path} {origin:?}");
        }
        let own = stream("websocket", path).header("origin", "https://bff.test");
        assert_eq!(ask(Settings::default(), own).await.status(), StatusCode::UNAUTHORIZED, "{path}");
        let open = with(|settings| settings.ws.origin = Switch::Off);
        let foreign = stream("websocket", path).header("origin", "https://evil.test");
        assert_eq!(ask(open, foreign).await.status(), StatusCode::UNAUTHORIZED, "the weak variant");
    }
}

#[tokio::test]
async fn what_only_looks_like_a_stream_opens_nothing_of_our_own() {
    for (method, path) in [("GET", "/bff/user"), ("GET", "/api/accounts"), ("POST", "/api/transfers")] {
        let request = request(method, path)
            .header(header::ACCEPT, "text/event-stream")
            .header(header::UPGRADE, "websocket")
            .header("sec-fetch-site", "same-origin");
        assert_eq!(ask(Settings::default(), request).await.status(), StatusCode::FORBIDDEN, "{method} {path}");
    }
    let written = request("POST", "/api/orders/list").header(header::ACCEPT, "text/event-stream");
    assert_eq!(ask(Settings::default(), written).await.status(), StatusCode::FORBIDDEN, "a write through the proxy");
}
