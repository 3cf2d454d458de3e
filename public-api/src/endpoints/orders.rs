//! What the caller has ordered.

use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

use super::order::Order;
use crate::access_token::Caller;
use crate::ledger::Ledger;

pub(super) fn routes() -> Router<Ledger> {
    Router::new().route("/orders/list", get(orders))
}

async fn orders(Extension(caller): Extension<Caller>) -> Json<Value> {
    Json(json!({ "orders": Order::all_of(caller.name()) }))
}
