//! Which pages' scripts may call an endpoint and read its answer (Fetch standard, CORS protocol).
//!
//! An answer to a client is for that client's origins alone. What concerns no client (the metadata, the keys, an error
//! before anybody was recognised, a preflight) is for the origins of every client. Never with cookies: the provider's
//! session is for navigations.

use std::future::ready;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{self, MethodRouter};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::clients::Client;
use crate::issuer::{Issuer, Shared};
use crate::misbehaviour::revocation::WithoutCors;

/// Answers OPTIONS at an endpoint that takes these methods: to a browser before it lets a script call, or to anybody.
///
/// Source: Fetch standard, CORS-preflight request; RFC 9110 §9.3.7 and §10.2.1 (`Allow`).
pub(crate) fn options(methods: &'static str) -> MethodRouter<Shared> {
    routing::options(move |State(issuer): State<Shared>, request: HeaderMap| {
        ready(if request.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
            preflight(&issuer, &request)
        } else {
            (StatusCode::NO_CONTENT, [(header::ALLOW, methods)]).into_response()
        })
    })
}

/// Lets the origins of a client read an answer, or those of every client where it concerns none.
pub(crate) fn readable(
    issuer: &Issuer,
    request: &HeaderMap,
    client: Option<&Client>,
    answer: impl IntoResponse,
) -> Response {
    let mut response = answer.into_response();
    if response.extensions().get::<WithoutCors>().is_some() {
        return response;
    }
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = request.get(header::ORIGIN) else { return response };
    let is_readable = match client {
        Some(client) => may_read(client, origin),
        None => issuer.registry.clients().iter().any(|client| may_read(client, origin)),
    };
    if is_readable {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let readable = HeaderValue::from_static("www-authenticate, dpop-nonce");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
    }
    response
}

/// Answers a browser that does not say which client will call.
fn preflight(issuer: &Issuer, request: &HeaderMap) -> Response {
    let mut response = readable(issuer, request, None, StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    if headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS).is_some() {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        let sent = HeaderValue::from_static("authorization, content-type, dpop");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, sent);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

fn may_read(client: &Client, origin: &HeaderValue) -> bool {
    client.allowed_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes())
}
