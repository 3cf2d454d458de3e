//! What every page of the provider is sent with: a content security policy without `unsafe-inline`, and no framing.

use askama::Template;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::issuer::Issuer;

/// Who may frame a page.
pub(super) enum Framing {
    /// Nobody.
    Nobody,
    /// Anybody; a weakness for pages that are clicked on.
    Anybody,
    /// One origin.
    Origin(String),
}

impl Framing {
    /// Returns who may frame a page on which users decide something.
    pub(super) fn of(issuer: &Issuer) -> Self {
        if issuer.settings.frame.is_on() { Self::Nobody } else { Self::Anybody }
    }
}

/// A page's style, its script, and what it frames itself.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) script: Option<&'a str>,
    pub(super) frames: &'a [String],
}

/// Answers a page that runs no script and frames nothing.
pub(super) fn page(status: StatusCode, framing: &Framing, template: &impl Template) -> Response {
    page_with(status, framing, &Parts::default(), template)
}

/// Answers a page.
///
/// There is no `form-action`: browsers hold it against the redirect that answers the form, which leads to the client.
pub(super) fn page_with(
    status: StatusCode,
    framing: &Framing,
    parts: &Parts<'_>,
    template: &impl Template,
) -> Response {
    let html = template.render().expect("a template of strings renders");
    let mut policy = format!("default-src 'none'; style-src {}; base-uri 'none'", hash(super::STYLE));
    if let Some(script) = parts.script {
        policy.push_str(&format!("; script-src {}", hash(script)));
    }
    if !parts.frames.is_empty() {
        policy.push_str(&format!("; frame-src {}", parts.frames.join(" ")));
    }
    match framing {
        Framing::Nobody => policy.push_str("; frame-ancestors 'none'"),
        Framing::Origin(origin) => policy.push_str(&format!("; frame-ancestors {origin}")),
        Framing::Anybody => {}
    }
    let headers: [(HeaderName, &str); 5] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, &policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: a form that such a page posts says `Origin: null`.
        (header::REFERRER_POLICY, "same-origin"),
    ];
    let mut response = (status, headers, html).into_response();
    if matches!(framing, Framing::Nobody) {
        response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    response
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(hosting::sha256(text.as_bytes())))
}
