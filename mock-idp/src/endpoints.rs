//! The endpoints, one file each.

mod authorize;
mod confirm;
mod discovery;
mod end_session;
mod introspect;
mod jwks;
mod login;
mod revoke;
mod token;
mod userinfo;

use std::sync::Arc;

use axum::{Router, middleware};

use crate::cors::allow_registered_origins;
use crate::issuer::Shared;

/// Puts the endpoints together.
pub(crate) fn router(issuer: Shared) -> Router {
    let called_by_scripts = Router::new()
        .merge(discovery::routes())
        .merge(jwks::routes())
        .merge(token::routes())
        .merge(revoke::routes())
        .merge(userinfo::routes())
        .layer(middleware::from_fn_with_state(Arc::clone(&issuer), allow_registered_origins));
    let others = Router::new()
        .merge(authorize::routes())
        .merge(login::routes())
        .merge(introspect::routes())
        .merge(end_session::routes())
        .merge(confirm::routes());
    called_by_scripts.merge(others).with_state(issuer)
}
