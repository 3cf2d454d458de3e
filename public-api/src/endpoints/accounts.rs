//! What the caller owns.

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Serialize;

use crate::access_token::Caller;
use crate::ledger::{Account, Ledger};

/// What the caller owns, and how many transfers there were in all.
#[derive(Debug, Serialize)]
struct Owned {
    accounts: Vec<Account>,
    transfers: u64,
}

pub(super) fn routes() -> Router<Ledger> {
    Router::new().route("/accounts", get(accounts))
}

async fn accounts(State(ledger): State<Ledger>, Extension(caller): Extension<Caller>) -> Json<Owned> {
    Json(Owned { accounts: ledger.accounts_of(caller.name()), transfers: ledger.transfers() })
}
