//! Refuses what a web page asks for.
//!
//! A page of any site can make its visitor's browser send requests to a port of the visitor's own machine, and here nothing but
//! reaching the port is needed to end sessions or to arm lies. A browser says that a page has asked, and no page can take that
//! away (Fetch standard, forbidden request-headers): `Origin` on whatever is not a plain GET, `Sec-Fetch-Site` on everything
//! that is sent to loopback. `none` is a person who typed the address; `same-origin` could only be a page of ours, and there is
//! none.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::refusal::Refusal;

/// Source: Fetch Metadata Request Headers §2.3.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Source: Fetch standard, cross-origin resource policy.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Answers 403 to a request that a web page has made, before anything reads it.
pub(super) async fn refuse(request: Request, next: Next) -> Response {
    let mut response = match page(request.headers()) {
        Some(sign) => refusal(sign).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A browser too old to say who asks must not take the answer for a script either.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Returns the header by which a browser says that a page has asked.
fn page(headers: &HeaderMap) -> Option<&'static str> {
    if headers.contains_key(header::ORIGIN) {
        return Some("Origin");
    }
    let is_own = |value: &HeaderValue| matches!(value.as_bytes(), b"none" | b"same-origin");
    let sites = headers.get_all(SEC_FETCH_SITE);
    (!sites.iter().all(is_own)).then_some("Sec-Fetch-Site")
}

fn refusal(sign: &str) -> Refusal {
    let error = format!("the header {sign} says that a web page has asked, and the control API answers none");
    Refusal::new(StatusCode::FORBIDDEN, error, "ask from a program, without this header")
}
