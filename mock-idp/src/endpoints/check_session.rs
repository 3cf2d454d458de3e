//! The page that clients frame to watch the session (OpenID Connect Session Management 1.0 §3.3).

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;

use crate::issuer::Shared;
use crate::pages;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/check_session", get(check_session))
}

async fn check_session(State(issuer): State<Shared>) -> Response {
    if issuer.settings.session_management.is_on() {
        pages::check_session()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}
