//! The application's endpoints, one file each.

mod accounts;
mod assets;
mod backchannel_logout;
mod callback;
mod host_page;
mod login;
mod logout;
mod signed_out;
mod tokens;
mod transfers;
mod user;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use http::StatusCode;

use crate::problem::Problem;
use crate::settings::HandedOut;
use crate::{Shared, csrf, headers, proxy};

/// Every endpoint under one roof.
pub(crate) fn router(bff: Shared) -> Router {
    // Everything that acts on the user's data, or reads it: behind the header, whatever the method.
    let mut api = Router::new()
        .merge(user::routes())
        .merge(logout::routes())
        .merge(accounts::routes())
        .merge(transfers::routes())
        .route("/api/{*path}", any(proxy::forward));
    if bff.settings.handed_out != HandedOut::None {
        api = api.merge(tokens::routes());
    }
    let api = api.layer(from_fn_with_state(bff.clone(), csrf::protect));
    // Navigations reach only these, and none of them acts on the user's data.
    let pages = Router::new()
        .merge(host_page::routes())
        .merge(assets::routes())
        .merge(login::routes())
        .merge(callback::routes())
        .merge(signed_out::routes());
    Router::new()
        .merge(api)
        .merge(pages)
        .merge(backchannel_logout::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(1024 * 1024))
        .layer(from_fn_with_state(bff.clone(), headers::harden))
        .with_state(bff)
}

async fn not_found(request: Request) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("nothing is at {:?}", request.uri().path()))
}

async fn method_not_allowed(request: Request) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("{:?} does not take {}", request.uri().path(), request.method()),
    )
}
