//! What the caller owns.

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

use crate::access_token::Caller;
use crate::ledger::Ledger;

pub(super) fn routes() -> Router<Ledger> {
    Router::new().route("/accounts", get(accounts))
}

async fn accounts(State(ledger): State<Ledger>, Extension(Caller(user)): Extension<Caller>) -> Json<Value> {
    Json(json!({ "accounts": ledger.accounts_of(&user), "transfers": ledger.transfers() }))
}
