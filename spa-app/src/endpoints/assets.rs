//! The page's script, style, icon and dedicated worker.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, StatusCode};

use crate::Shared;
use crate::files::send;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/assets/app.js", get(script))
        .route("/assets/app.css", get(style))
        .route("/assets/icon.svg", get(icon))
        .route("/assets/spa-worker.js", get(worker))
        // A missing file must not be answered with the host page.
        .route("/assets/{*rest}", get(StatusCode::NOT_FOUND))
}

async fn script(State(host): State<Shared>, request: HeaderMap) -> Response {
    host.files.script.send(&request)
}

async fn style(State(host): State<Shared>, request: HeaderMap) -> Response {
    host.files.style.send(&request)
}

async fn icon(State(host): State<Shared>, request: HeaderMap) -> Response {
    send(host.files.icon.as_ref(), &request)
}

async fn worker(State(host): State<Shared>, request: HeaderMap) -> Response {
    send(host.files.worker.as_ref(), &request)
}
