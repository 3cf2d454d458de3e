//! What makes the page an application that is installed: its service worker and its manifest.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;

use crate::Shared;
use crate::files::send;

/// Where the service worker is; from here it may control the whole origin.
pub(crate) const SERVICE_WORKER: &str = "/service-worker.js";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(SERVICE_WORKER, get(service_worker)).route("/manifest.webmanifest", get(manifest))
}

async fn service_worker(State(host): State<Shared>, request: HeaderMap) -> Response {
    send(host.files.service_worker.as_ref(), &request)
}

async fn manifest(State(host): State<Shared>, request: HeaderMap) -> Response {
    send(host.files.manifest.as_ref(), &request)
}
