//! What the caller has paid to others: the one thing of a second API, whose tokens are for it alone.

use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use crate::access_token::Caller;

/// A payment; everybody has paid the same.
#[derive(Debug, Serialize)]
struct Payment {
    id: &'static str,
    owner: String,
    payee: &'static str,
    amount: u64,
}

impl Payment {
    fn all_of(user: &str) -> Vec<Self> {
        let payment = |(id, payee, amount)| Self { id, owner: user.to_owned(), payee, amount };
        [("1", "waterworks", 40), ("2", "town library", 12)].map(payment).into()
    }
}

pub(super) fn routes() -> Router {
    Router::new().route("/payments", get(payments))
}

async fn payments(Extension(caller): Extension<Caller>) -> Json<Value> {
    Json(json!({ "payments": Payment::all_of(caller.name()) }))
}
