//! The host page, at every path that is nothing else, because the page does its own routing.

use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{Method, StatusCode, header};

use crate::Shared;

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Accounts</title>
<link rel="stylesheet" href="/assets/app.css">
</head>
<body>
<div id="app"></div>
<script src="/assets/app.js" defer></script>
</body>
</html>
"#;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/", get(page)).fallback(any_path)
}

async fn any_path(method: Method) -> Response {
    match method {
        Method::GET | Method::HEAD => page().await.into_response(),
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response(),
    }
}

/// The callback's address carries a code, so no answer here is kept (RFC 9700 §4.2).
async fn page() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Html(PAGE))
}
