//! Moves money of the user's.
//!
//! A body is taken as JSON whatever type it claims, and as a form: what stands against forged requests must be the
//! header and the Origin check, not the luck that a form cannot say `application/json`.

mod once;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use crate::ledger::{Declined, Transfer};
use crate::problem::Problem;
use crate::{Inner, Shared, step_up};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/transfers", post(transfer))
}

async fn transfer(State(bff): State<Shared>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let found = bff.sessions.find(&headers).await?;
    step_up::require(&bff, &found.session)?;
    let order = read(&headers, &body)?;
    let number = match once::name(&headers)? {
        Some(name) => {
            let (session, name) = (Arc::clone(&found.session), name.to_owned());
            // A page that goes away leaves no order behind of which nobody knows whether it was carried out.
            let work = |bff: Shared| async move { once::carry_out(&bff, &session, &name, &order).await };
            bff.carried_through(work).await?
        }
        None => carry_out(&bff, &found.session.username, &order)?,
    };
    let mut response = Json(json!({ "transfer": number })).into_response();
    if let Some(set_cookie) = found.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, set_cookie);
    }
    Ok(response)
}

fn carry_out(bff: &Inner, username: &str, order: &Transfer) -> Result<u64, Problem> {
    let number = bff.ledger.carry_out(username, order);
    number.map_err(|declined| Problem::new(status(&declined), declined.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn hostile_bodies_are_refused_and_never_more(
            body in proptest::collection::vec(0_u8.., 0..200),
            is_form in proptest::bool::ANY,
        ) {
            let mut headers = HeaderMap::new();
            if is_form {
                let form = http::HeaderValue::from_static("application/x-www-form-urlencoded");
                headers.insert(header::CONTENT_TYPE, form);
            }
            if let Err(problem) = read(&headers, &body) {
                proptest::prop_assert_eq!(problem.status, StatusCode::BAD_REQUEST);
            }
        }
    }
}
