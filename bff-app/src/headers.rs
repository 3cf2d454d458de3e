//! What every answer of the application carries, whatever it is: a policy protects only what sends it.

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::observe::Refusal;
use crate::problem::Problem;
use crate::settings::Worker;
use crate::{Inner, csp};

/// Where the own service worker is, and nowhere else.
pub(crate) const SERVICE_WORKER: &str = "/service-worker.js";
/// How long the header of a request may be, in bytes; a sibling's cookies can make it longer.
const LONGEST: usize = 32 * 1024;

/// What never differs.
static FIXED: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Not `no-referrer`: it would turn the `Origin` of the page's own forms into `null`.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
             microphone=(), midi=(), payment=(), serial=(), usb=()",
        ),
    ),
];
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
static NO_FRAMES: HeaderValue = HeaderValue::from_static("DENY");
/// RFC 6797 §6.1; OWASP ASVS 5.0.0 3.4.1.
static HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// What an answer is, where it is not data like most; it travels as an extension of the response.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A page, which brings its own policy, or none on purpose.
    Page,
    /// The service worker.
    ServiceWorker,
    /// What the provider's page frames.
    Frame,
}

/// Whether an answer tells of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// It does.
    User,
    /// Everybody gets the same.
    Nobody,
}

/// Refuses what no route may see.
///
/// # Errors
///
/// 403 for a service worker that is not the application's own, 431 for a header that is too long.
pub(crate) fn admit(bff: &Inner, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    if headers.contains_key("service-worker") {
        let is_taken = match bff.settings.csp.worker {
            Worker::None => false,
            Worker::Own => request.uri().path() == SERVICE_WORKER,
            Worker::Any => true,
        };
        if !is_taken {
            bff.watch.refused(Refusal::ServiceWorker);
            return Err(Problem::fixed(StatusCode::FORBIDDEN, "this application has no such service worker"));
        }
    }
    let length: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if length > LONGEST {
        bff.watch.refused(Refusal::HeaderLength);
        let detail = "the header of this request is too long: clear the cookies of this site and of its parent";
        return Err(Problem::fixed(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail));
    }
    Ok(())
}

/// Puts the headers on.
pub(crate) fn harden(bff: &Inner, about: About, response: &mut Response) {
    let kind = response.extensions_mut().remove::<Kind>();
    let settings = &bff.settings;
    let headers = response.headers_mut();
    headers.reserve(12);
    for (name, value) in &FIXED {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    match about {
        // Whatever an API said: an answer about a user is in no cache.
        About::User if settings.cache.is_on() => _ = headers.insert(header::CACHE_CONTROL, NO_STORE.clone()),
        About::User => {}
        About::Nobody => _ = headers.entry(header::CACHE_CONTROL).or_insert_with(|| NO_STORE.clone()),
    }
    match kind {
        Some(Kind::Page) => {}
        Some(Kind::ServiceWorker) => {
            headers.insert(header::CONTENT_SECURITY_POLICY, csp::SERVICE_WORKER.clone());
        }
        Some(Kind::Frame) => {
            headers.insert(header::CONTENT_SECURITY_POLICY, csp::of_frame(&bff.config.issuer));
        }
        None => {
            headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| csp::of_data(settings));
        }
    }
    if settings.csp.frame.is_on() && !matches!(kind, Some(Kind::Frame)) {
        headers.entry(header::X_FRAME_OPTIONS).or_insert_with(|| NO_FRAMES.clone());
    }
    if bff.config.origin.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY.clone());
    }
}
