//! Which pages' scripts may call the endpoints that a public client needs (Fetch standard, CORS protocol).
//!
//! Never with cookies: the provider's session is for navigations alone.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::issuer::{Issuer, Shared};
use crate::misbehaviour::revocation::WithoutCors;

/// Answers preflights, and lets the registered origins read the answers.
pub(crate) async fn allow_registered_origins(State(issuer): State<Shared>, request: Request, next: Next) -> Response {
    let allowed = request.headers().get(header::ORIGIN).filter(|origin| is_registered(&issuer, origin)).cloned();
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    if response.extensions().get::<WithoutCors>().is_some() {
        return response;
    }
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if is_preflight {
            allow_what_clients_send(headers);
        } else {
            let readable = HeaderValue::from_static("www-authenticate, dpop-nonce");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
        }
    }
    response
}

fn allow_what_clients_send(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type, dpop"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

fn is_registered(issuer: &Issuer, origin: &HeaderValue) -> bool {
    let clients = issuer.registry.clients();
    let mut origins = clients.iter().flat_map(|client| &client.allowed_origins);
    origins.any(|allowed| allowed.as_bytes() == origin.as_bytes())
}
