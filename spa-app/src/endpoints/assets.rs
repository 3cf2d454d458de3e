//! The page's two files.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::{StatusCode, header};

use crate::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/assets/app.js", get(script))
        .route("/assets/app.css", get(style))
        // A missing file must not be answered with the host page.
        .route("/assets/{*rest}", get(StatusCode::NOT_FOUND))
}

async fn script(State(host): State<Shared>) -> impl IntoResponse {
    let page = &host.config.page;
    let body = match &page.implant {
        Some(implant) => format!("{}\n;{implant}", page.script),
        None => page.script.clone(),
    };
    file("text/javascript; charset=utf-8", body)
}

async fn style(State(host): State<Shared>) -> impl IntoResponse {
    file("text/css; charset=utf-8", host.config.page.style.clone())
}

fn file(content_type: &'static str, body: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache")], body)
}
