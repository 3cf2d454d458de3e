//! Whether the application lives, whether it can be given work, and its figures (Kubernetes probes, Prometheus).
//!
//! Whoever reaches the application reaches these too: nothing here tells of a user, costs a sign-in or takes a cookie.
//! In front of a deployment that shall not tell its load, the balancer keeps `/health` and `/metrics` to itself.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::{Inner, Shared};

/// How long the store may take.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready)).route("/metrics", get(metrics))
}

async fn live() -> Response {
    Json(json!({ "alive": true })).into_response()
}

async fn ready(State(bff): State<Shared>) -> Response {
    let (store, provider) = tokio::join!(store_answers(&bff), bff.watch.provider.answers(&bff));
    let mut reasons = Vec::new();
    if !store {
        reasons.push("the session store does not answer");
    }
    if bff.watch.drain.has_begun() {
        reasons.push("this instance is about to stop");
    }
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // Whoever is signed in works on without the provider, and all replicas would fail at once: told, but no reason.
    let provider = if provider { "answers" } else { "does not answer" };
    (status, Json(json!({ "ready": reasons.is_empty(), "reasons": reasons, "provider": provider }))).into_response()
}

/// Asks for a session that nobody has.
async fn store_answers(bff: &Inner) -> bool {
    matches!(tokio::time::timeout(PATIENCE, bff.sessions.is_alive("nobody's")).await, Ok(Ok(_)))
}

async fn metrics(State(bff): State<Shared>) -> Response {
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    let revocation_failures = bff.oidc.revocation_failures.load(Ordering::Relaxed);
    ([(header::CONTENT_TYPE, text)], bff.watch.metrics(revocation_failures)).into_response()
}
