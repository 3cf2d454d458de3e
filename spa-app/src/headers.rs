//! What every answer says to the browser: its policy, and that nothing here is to be guessed, framed or watched.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::endpoints::SERVICE_WORKER;
use crate::policy::Policy;
use crate::{Host, Shared};

/// Adds the headers, and refuses to deliver another service worker than the page's own.
pub(crate) async fn harden(State(host): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = if wants_foreign_worker(&host, &request) {
        (StatusCode::FORBIDDEN, "this application has no such service worker\n").into_response()
    } else {
        next.run(request).await
    };
    let policy = response.extensions_mut().remove::<Policy>();
    dress(&mut response, policy.as_ref().unwrap_or(&host.policies.page));
    if host.settings.headers.is_on() {
        seal(&host, &mut response);
    }
    response
}

/// A policy protects only pages that send it; a worker planted from any other path would see every later answer.
///
/// Source: W3C Service Workers §4.3, the header `Service-Worker`.
fn wants_foreign_worker(host: &Host, request: &Request) -> bool {
    let is_own = host.settings.pwa.is_on() && request.uri().path() == SERVICE_WORKER;
    request.headers().contains_key("service-worker") && !is_own
}

fn dress(response: &mut Response, policy: &Policy) {
    let headers = response.headers_mut();
    if let Some(value) = &policy.content_security_policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, value.clone());
    }
    if let Some(value) = &policy.x_frame_options {
        headers.insert(header::X_FRAME_OPTIONS, value.clone());
    }
}

fn seal(host: &Host, response: &mut Response) {
    const UNUSED: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), UNUSED),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // RFC 6797 §7.2: never over plain http.
    if host.config.origin.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
