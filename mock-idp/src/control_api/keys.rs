//! The signing keys, as far as they are published.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::route::{Route, get, post};
use crate::Control;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/keys", "listKeys", "Lists the public keys").simply(published),
        post(
            "/keys/rotate",
            "rotateKeys",
            "Makes new keys; the old ones stay until withdrawn, the eight last of each algorithm at most",
        )
        .simply(rotate),
        post("/keys/withdraw-replaced", "withdrawReplacedKeys", "Withdraws every key that was replaced")
            .simply(withdraw_replaced),
    ]
}

/// The public keys (RFC 7517 §5).
#[derive(Serialize, Deserialize, JsonSchema)]
struct JwkSet {
    /// Each key, as RFC 7517 §4 writes it.
    keys: Vec<Map<String, Value>>,
}

fn published(control: &Control) -> JwkSet {
    serde_json::from_value(control.jwks()).expect("what the provider publishes is a JWK set")
}

fn rotate(control: &Control) -> JwkSet {
    control.rotate_keys();
    published(control)
}

fn withdraw_replaced(control: &Control) -> JwkSet {
    control.withdraw_replaced_keys();
    published(control)
}
