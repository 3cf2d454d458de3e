//! Every endpoint. All of the business need an access token; the layer around them sees to it, or they do themselves.

mod accounts;
mod admin;
mod feed;
mod live;
mod order;
mod orders;
mod payments;
mod ticket;
mod transfers;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::access_token::{self, Gate};
use crate::config::Business;
use crate::ledger::Ledger;
use crate::streams::Streams;

pub(crate) fn routes(business: Business, ledger: Ledger, gate: Gate, streams: Streams) -> Router {
    let guarded = |router: Router| router.route_layer(from_fn_with_state(gate, access_token::require));
    match business {
        Business::Accounts => guarded(of_accounts(ledger)).merge(of_streams(streams)),
        Business::Payments => guarded(payments::routes()),
    }
}

fn of_accounts(ledger: Ledger) -> Router {
    Router::new()
        .merge(accounts::routes())
        .merge(transfers::routes())
        .merge(orders::routes())
        .merge(order::routes())
        .merge(admin::routes())
        .with_state(ledger)
}

/// What outlives its request holds the token, so it looks at it by itself.
fn of_streams(streams: Streams) -> Router {
    Router::new()
        .merge(feed::routes())
        .merge(live::routes())
        .merge(ticket::routes(streams.gate().settings().ws_auth))
        .with_state(streams)
}
