//! One order of the caller's.

use axum::extract::Path;
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::StatusCode;
use serde::Serialize;

use crate::access_token::Caller;
use crate::ledger::Ledger;
use crate::problem::Problem;

/// An order; everybody has ordered the same things.
#[derive(Debug, Serialize)]
pub(super) struct Order {
    id: &'static str,
    owner: String,
    item: &'static str,
}

impl Order {
    pub(super) fn all_of(user: &str) -> Vec<Self> {
        let order = |(id, item)| Self { id, owner: user.to_owned(), item };
        [("1", "card reader"), ("2", "chequebook")].map(order).into()
    }
}

pub(super) fn routes() -> Router<Ledger> {
    Router::new().route("/orders/{id}", get(order))
}

async fn order(Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Result<Json<Order>, Problem> {
    let found = Order::all_of(caller.name()).into_iter().find(|order| order.id == id);
    found.map(Json).ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, format!("you have no order {id:?}")))
}
