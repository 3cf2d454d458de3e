//! Every endpoint of the business. All of them need an access token; the layer above sees to it.

mod accounts;
mod admin;
mod order;
mod orders;
mod transfers;

use axum::Router;

use crate::ledger::Ledger;

pub(crate) fn routes(ledger: Ledger) -> Router {
    Router::new()
        .merge(accounts::routes())
        .merge(transfers::routes())
        .merge(orders::routes())
        .merge(order::routes())
        .merge(admin::routes())
        .with_state(ledger)
}
