//! Who is signed in.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, header};
use serde_json::json;

use crate::Shared;
use crate::problem::Problem;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/user", get(user))
}

async fn user(State(bff): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = bff.sessions.find(&headers)?;
    let body = json!({ "signed_in": true, "sub": found.session.sub, "name": found.session.username, "full_name": found.session.name });
    let mut response = Json(body).into_response();
    if let Some(set_cookie) = found.set_cookie {
        response.headers_mut().insert(header::SET_COOKIE, set_cookie);
    }
    Ok(response)
}
