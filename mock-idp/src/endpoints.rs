//! The endpoints, one file each.

mod authorize;
mod check_session;
mod confirm;
mod consent;
pub(crate) mod discovery;
mod end_session;
mod introspect;
mod jwks;
mod login;
mod par;
mod revoke;
mod token;
mod userinfo;

use axum::Router;

use crate::issuer::Shared;

/// Puts the endpoints together.
pub(crate) fn router(issuer: Shared) -> Router {
    Router::new()
        .merge(discovery::routes())
        .merge(jwks::routes())
        .merge(par::routes())
        .merge(token::routes())
        .merge(revoke::routes())
        .merge(userinfo::routes())
        .merge(authorize::routes())
        .merge(login::routes())
        .merge(consent::routes())
        .merge(introspect::routes())
        .merge(end_session::routes())
        .merge(confirm::routes())
        .merge(check_session::routes())
        .with_state(issuer)
}
