//! Tickets with which a WebSocket is opened, so that no token stands in its address.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;

use crate::problem::Problem;
use crate::settings::WsAuth;
use crate::streams::Streams;

/// Where tickets are taken alone are some given.
pub(super) fn routes(ws_auth: WsAuth) -> Router<Streams> {
    match ws_auth {
        WsAuth::Ticket => Router::new().route("/live/ticket", post(ticket)),
        WsAuth::FirstMessage | WsAuth::Query | WsAuth::Subprotocol => Router::new(),
    }
}

async fn ticket(State(streams): State<Streams>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match streams.gate().hold(&parts).await {
        Ok(held) => {
            let issued = streams.issue_ticket(held).map(|ticket| Json(json!({ "ticket": ticket })).into_response());
            let mut response = issued.unwrap_or_else(Problem::into_response);
            streams.gate().say_nonce(&parts.headers, &mut response);
            response
        }
        Err(refused) => streams.gate().refuse(&parts.headers, &refused),
    }
}
