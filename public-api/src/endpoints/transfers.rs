//! Moves money of the caller's.
//!
//! A body is taken as JSON whatever type it claims, and as a form: what stands against forged requests must be the
//! credential, not the luck that a form cannot say `application/json`.

use axum::extract::{Request, State};
use axum::routing::post;
use axum::{Extension, Json, Router};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use crate::access_token::Caller;
use crate::body;
use crate::ledger::{Declined, Ledger, Transfer};
use crate::problem::Problem;

pub(super) fn routes() -> Router<Ledger> {
    Router::new().route("/transfers", post(transfer))
}

async fn transfer(
    State(ledger): State<Ledger>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let (parts, body) = request.into_parts();
    let body = body::read(&parts, body).await?;
    let transfer = read(&parts.headers, &body)?;
    let number = ledger.carry_out(caller.name(), &transfer);
    let number = number.map_err(|declined| Problem::new(status(&declined), declined.to_string()))?;
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
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") { from_form(body) } else { from_json(body) }
}

/// The place of a mistake is told, not its text: whatever was sent by mistake stays out of what is answered.
fn from_json(body: &[u8]) -> Result<Transfer, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| unreadable(&format!("see line {}, column {}", error.line(), error.column())))
}

fn from_form(body: &[u8]) -> Result<Transfer, Problem> {
    let mut fields = url::form_urlencoded::parse(body);
    // RFC 6750 §2.2: a form can carry a token, but not beside the one in the header.
    if fields.any(|(name, _)| name == "access_token") {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "an access token must not be sent in the body"));
    }
    let field = |name: &str| {
        let mut values = url::form_urlencoded::parse(body).filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.into_owned());
        value.filter(|_| values.next().is_none()).ok_or_else(|| unreadable(&format!("{name} must be there once")))
    };
    let amount = field("amount")?.parse().map_err(|_| unreadable("the amount is no whole number"))?;
    Ok(Transfer { from: field("from")?, to: field("to")?, amount })
}

fn unreadable(why: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, format!("not a transfer of from, to and a whole amount: {why}"))
}
