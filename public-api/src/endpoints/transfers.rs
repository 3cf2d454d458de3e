//! Moves money of the caller's.
//!
//! A body is taken as JSON whatever type it claims, and as a form: what stands against forged requests must be the
//! credential, not the luck that a form cannot say `application/json`.

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Json, Router};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use crate::access_token::Caller;
use crate::ledger::{Declined, Ledger, Transfer};
use crate::problem::Problem;

pub(super) fn routes() -> Router<Ledger> {
    Router::new().route("/transfers", post(transfer))
}

async fn transfer(
    State(ledger): State<Ledger>,
    Extension(Caller(user)): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let transfer = read(&headers, &body)?;
    let number =
        ledger.carry_out(&user, &transfer).map_err(|declined| Problem::new(status(&declined), declined.to_string()))?;
    Ok(Json(json!({ "transfer": number })))
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
