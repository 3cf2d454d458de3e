//! Moves money of the caller's.
//!
//! A body is taken as JSON whatever type it claims, and as a form: what stands against forged requests must be the
//! header and the Origin check, not the luck that a form cannot say `application/json`.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use crate::Shared;
use crate::ledger::{Declined, Transfer};
use crate::problem::Problem;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/transfers", post(transfer))
}

async fn transfer(State(bff): State<Shared>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let found = bff.sessions.find(&headers)?;
    let transfer = read(&headers, &body)?;
    let carried_out = bff.ledger.carry_out(&found.session.username, &transfer);
    let number = carried_out.map_err(|declined| Problem::new(status(&declined), declined.to_string()))?;
    let mut response = Json(json!({ "transfer": number })).into_response();
    if let Some(set_cookie) = found.set_cookie {
        response.headers_mut().insert(header::SET_COOKIE, set_cookie);
    }
    Ok(response)
}

fn status(declined: &Declined) -> StatusCode {
    match declined {
        Declined::NotYours(_) => StatusCode::FORBIDDEN,
        Declined::NoRecipient(_) | Declined::Nothing(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Declined::NotCovered { .. } => StatusCode::CONFLICT,
    }
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Transfer, Problem> {
    let unreadable = |why: String| {
        Problem::new(StatusCode::BAD_REQUEST, format!("not a transfer of from, to and a whole amount: {why}"))
    };
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return serde_json::from_slice(body).map_err(|error| unreadable(error.to_string()));
    }
    let field = |name: &str| {
        let mut values = url::form_urlencoded::parse(body).filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.into_owned());
        value.filter(|_| values.next().is_none()).ok_or_else(|| unreadable(format!("{name} must be there once")))
    };
    let amount = field("amount")?;
    let amount = amount.parse().map_err(|_| unreadable(format!("the amount is {amount:?}")))?;
    Ok(Transfer { from: field("from")?, to: field("to")?, amount })
}
