//! Hands tokens to the page: the weak variant, and with the access token alone the token-mediating backend (RFC 10017 §6.2).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, header};
use serde_json::json;

use crate::Shared;
use crate::problem::Problem;
use crate::settings::HandedOut;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/tokens", get(tokens))
}

async fn tokens(State(bff): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = bff.sessions.find(&headers)?;
    let fresh = bff.fresh_tokens(&found).await?;
    let mut body = json!({ "access_token": fresh.tokens.access_token, "expires_at": fresh.tokens.access_expires_s });
    if bff.settings.handed_out == HandedOut::All {
        body["refresh_token"] = json!(fresh.tokens.refresh_token);
        body["id_token"] = json!(fresh.tokens.id_token);
    }
    let mut response = Json(body).into_response();
    for set_cookie in [found.set_cookie, fresh.set_cookie].into_iter().flatten() {
        response.headers_mut().insert(header::SET_COOKIE, set_cookie);
    }
    Ok(response)
}
