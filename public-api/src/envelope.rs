//! What is around every call: preflights are answered before any token is asked for, and every answer gets its headers.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

use crate::Config;
use crate::cors::{self, Pages};
use crate::settings::Settings;

/// What is around every call; clones share it.
#[derive(Clone)]
pub(crate) struct Envelope(Arc<Inner>);

struct Inner {
    pages: Pages,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Envelope {
    pub(crate) fn new(config: &Config, settings: &Settings) -> Self {
        let headers = if settings.headers.is_on() { hardening(config.origin.is_secure()) } else { Vec::new() };
        Self(Arc::new(Inner { pages: Pages::new(config, settings), headers }))
    }
}

/// What every answer says to caches and browsers.
///
/// Source: OWASP ASVS 5.0.0 3.4.
fn hardening(is_secure: bool) -> Vec<(HeaderName, HeaderValue)> {
    let policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";
    let always = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let under_tls = is_secure.then_some((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    always.into_iter().chain(under_tls).map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

/// Answers preflights, and puts the headers on every other answer.
pub(crate) async fn wrap(State(envelope): State<Envelope>, request: Request, next: Next) -> Response {
    let Inner { pages, headers } = &*envelope.0;
    let origin = cors::origin(request.headers()).cloned();
    let mut response = if cors::is_preflight(&request) {
        pages.preflight(origin)
    } else {
        let mut response = next.run(request).await;
        pages.admit(origin, response.headers_mut());
        response
    };
    let answered = response.headers_mut();
    answered.reserve(headers.len());
    for (name, value) in headers {
        answered.insert(name.clone(), value.clone());
    }
    response
}
