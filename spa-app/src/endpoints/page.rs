//! The host page, at every path that is nothing else, because the page does its own routing.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{Method, StatusCode, header};

use crate::endpoints::document;
use crate::{Host, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/", get(page)).fallback(any_path)
}

async fn any_path(State(host): State<Shared>, method: Method) -> Response {
    match method {
        Method::GET | Method::HEAD => document(&host, html(&host)),
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response(),
    }
}

async fn page(State(host): State<Shared>) -> Response {
    document(&host, html(&host))
}

fn html(host: &Host) -> String {
    let link = |is_there: bool, link: &'static str| if is_there { link } else { "" };
    let manifest = link(host.files.manifest.is_some(), "<link rel=\"manifest\" href=\"/manifest.webmanifest\">\n");
    let icon = link(host.files.icon.is_some(), "<link rel=\"icon\" href=\"/assets/icon.svg\">\n");
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Accounts</title>
<link rel="stylesheet" href="/assets/app.css">
{icon}{manifest}</head>
<body>
<div id="app"></div>
<script src="/assets/app.js" defer></script>
</body>
</html>
"#
    )
}
