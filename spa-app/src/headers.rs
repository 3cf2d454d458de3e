//! What every answer says to the browser: the page's policy, and that nothing here is to be guessed, framed or watched.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::Config;
use crate::settings::Settings;

/// The page's content security policy, if it has one.
#[derive(Clone)]
pub(crate) struct Policy(Option<HeaderValue>);

impl Policy {
    pub(crate) fn new(config: &Config, settings: &Settings) -> Self {
        let text = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {api} {issuer}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; worker-src 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'",
            api = config.api,
            issuer = config.issuer,
        );
        let value = HeaderValue::from_str(&text).expect("origins are plain ASCII");
        Self(settings.csp.is_on().then_some(value))
    }
}

/// Adds the headers, and refuses to deliver a service worker.
pub(crate) async fn harden(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    // A policy protects only pages that send it; a worker planted from any other path would see every later answer.
    let worker = request.headers().get("service-worker").is_some_and(|value| value == "script");
    let mut response = if worker {
        (StatusCode::FORBIDDEN, "this application has no service worker\n").into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    if let Some(policy) = policy.0 {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let fixed: [(HeaderName, &str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
