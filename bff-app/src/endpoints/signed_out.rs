//! Where a sign-out leads: a redirect that only the ticket opens, once.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderName, HeaderValue};
use serde::Deserialize;

use crate::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/signed-out", get(signed_out))
}

#[derive(Deserialize)]
struct SignedOut {
    ticket: Option<String>,
}

async fn signed_out(State(bff): State<Shared>, Query(query): Query<SignedOut>) -> Response {
    let now = bff.handed.clock.now_s();
    let leads_to = query.ticket.and_then(|ticket| bff.tickets.redeem(&ticket, now)).unwrap_or_else(|| "/".to_owned());
    let mut response = Redirect::to(&leads_to).into_response();
    // Not "cookies": that would sign the user out of sibling applications too.
    let clear = HeaderValue::from_static("\"storage\", \"cache\"");
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), clear);
    response
}
