//! Where a hidden frame comes back to: a document that hands the answer to the page, and does nothing else.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode};

use crate::Shared;
use crate::endpoints::document;
use crate::files::send;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/silent-callback", get(page)).route("/assets/silent-callback.js", get(script))
}

/// There is no such document where no frame is used: an address in a frame of its own origin can be read by any script.
async fn page(State(host): State<Shared>) -> Response {
    if host.files.silent_callback.is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let policy = Extension(host.policies.silent_callback.clone());
    (policy, document(&host, include_str!("../../templates/silent_callback.html"))).into_response()
}

async fn script(State(host): State<Shared>, request: HeaderMap) -> Response {
    send(host.files.silent_callback.as_ref(), &request)
}
