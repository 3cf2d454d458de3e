//! The public key (RFC 7517 §5).

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::issuer::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/jwks", get(jwks))
}

async fn jwks(State(issuer): State<Shared>) -> Json<Value> {
    Json(json!({"keys": [issuer.key.jwk()]}))
}
