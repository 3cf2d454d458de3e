//! The process beside the measured one: the issuer, and what stands behind the plain proxy. Its time is in no row.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hosting::{Credentials, Journal, Listener, Wire};
use http::header;
use serde_json::{Value, json};

use crate::names::{ORDERS, PROVIDER};
use crate::{child, issuer};

/// Serves both until stdin is closed.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("start the peers' threads")?;
    let _inside = runtime.enter();
    let wires = vec![
        Wire { authority: PROVIDER.to_owned(), party: "idp", router: issuer::router()? },
        Wire { authority: ORDERS.to_owned(), party: "orders", router: orders() },
    ];
    let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None)?;
    let running = listener.serve(wires, &Journal::off(Credentials::off()));
    child::announce(running.address().port())
}

fn orders() -> Router {
    Router::new().route("/list", get(list)).with_state(Bytes::from(about_a_kilobyte()))
}

fn about_a_kilobyte() -> String {
    let order =
        |n: u32| json!({ "id": n, "article": "a pair of walking boots, brown", "pieces": 2, "price": "129.90" });
    let orders: Vec<Value> = (1..=12).map(order).collect();
    json!({ "orders": orders }).to_string()
}

async fn list(State(orders): State<Bytes>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], orders).into_response()
}
