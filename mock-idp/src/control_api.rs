//! What an administrator can do beside the protocol, over HTTP and for any language: [`Control`] as JSON.
//!
//! Whoever reaches it may do everything, so it is off by default, is served on a loopback authority of its own, and answers no
//! web page. One table of routes makes both the router and the OpenAPI document, and the types of a route's input and answer
//! make its part of either, so that neither can promise what the other does not keep.

mod clients;
mod clock;
mod counts;
mod events;
mod input;
mod keys;
mod lies;
mod logout_tokens;
mod openapi;
mod refusal;
mod route;
mod sessions;
mod users;
mod web_pages;

use std::future::ready;

use axum::{Router, middleware};
use http::{Method, StatusCode, Uri};

use crate::Control;
use crate::strict;
use refusal::Refusal;
use route::Route;

/// The groups of routes, in the order of the document.
const GROUPS: &[fn() -> Vec<Route>] = &[
    openapi::routes,
    users::routes,
    clients::routes,
    keys::routes,
    sessions::routes,
    events::routes,
    lies::routes,
    clock::routes,
    logout_tokens::routes,
    counts::routes,
];

/// Makes the router of one provider's control API.
pub(crate) fn router(control: Control) -> Router {
    let mut router = Router::new();
    for Route { operation, handler, .. } in routes() {
        router = router.route(operation.path, handler);
    }
    router
        .fallback(|uri: Uri| ready(no_such_route(&uri)))
        .method_not_allowed_fallback(|method: Method, uri: Uri| ready(wrong_method(&method, &uri)))
        .layer(middleware::from_fn(web_pages::refuse))
        .with_state(control)
}

fn routes() -> Vec<Route> {
    GROUPS.iter().flat_map(|group| group()).collect()
}

fn no_such_route(uri: &Uri) -> Refusal {
    let routes = routes();
    let paths = routes.iter().map(|route| route.operation.path);
    let hint = strict::meant(uri.path(), paths, || "GET /openapi.json describes every route".to_owned());
    Refusal::new(StatusCode::NOT_FOUND, format!("no such route: {}", uri.path()), hint)
}

fn wrong_method(method: &Method, uri: &Uri) -> Refusal {
    let error = format!("{} does not take {method}", uri.path());
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error, "GET /openapi.json describes every route")
}

#[cfg(test)]
mod tests;
