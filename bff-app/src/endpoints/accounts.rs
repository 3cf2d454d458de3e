//! What the user owns.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, header};
use serde_json::json;

use crate::Shared;
use crate::problem::Problem;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/accounts", get(accounts))
}

async fn accounts(State(bff): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = bff.sessions.find(&headers).await?;
    let body =
        json!({ "accounts": bff.ledger.accounts_of(&found.session.username), "transfers": bff.ledger.transfers() });
    let mut response = Json(body).into_response();
    if let Some(set_cookie) = found.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, set_cookie);
    }
    Ok(response)
}
