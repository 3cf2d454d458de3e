//! Which pages may read the answers (Fetch standard, CORS protocol).

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::Config;
use crate::settings::{Cors, Credential, Settings};

/// The pages that may read.
pub(crate) struct Pages {
    origins: Vec<HeaderValue>,
    cors: Cors,
    cookies: bool,
    max_age: HeaderValue,
}

impl Pages {
    pub(crate) fn new(config: &Config, settings: &Settings) -> Self {
        Self {
            origins: listed(config),
            cors: settings.cors,
            cookies: settings.cors == Cors::Reflect || settings.credential == Credential::Cookie,
            max_age: HeaderValue::from(settings.preflight_cache_s),
        }
    }

    /// Says who may read an answer.
    pub(crate) fn admit(&self, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
        if self.name_reader(origin, headers) {
            let exposed = HeaderValue::from_static("DPoP-Nonce, Retry-After, WWW-Authenticate");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }

    /// Answers a browser that asks before a page calls.
    pub(crate) fn preflight(&self, origin: Option<HeaderValue>) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        if self.name_reader(origin, headers) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
            let sent = HeaderValue::from_static("authorization, content-type, dpop, idempotency-key");
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, sent);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, self.max_age.clone());
        }
        response
    }

    fn name_reader(&self, origin: Option<HeaderValue>, headers: &mut HeaderMap) -> bool {
        // Fetch §3.2.5: also where the answer is no, or a cache gives one page's answer to another.
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = origin.filter(|origin| self.admits(origin)) else { return false };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.cookies {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        true
    }

    fn admits(&self, origin: &HeaderValue) -> bool {
        match self.cors {
            // Whole origins, byte by byte: suffixes, prefixes and `null` are how lists are got around.
            Cors::Exact => self.origins.contains(origin),
            Cors::Reflect => true,
        }
    }
}

/// Returns the pages on the list, as browsers name them.
pub(crate) fn listed(config: &Config) -> Vec<HeaderValue> {
    config.allowed_origins.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok()).collect()
}

/// Returns the page that a request comes from, where exactly one is named.
pub(crate) fn origin(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    origins.next().filter(|_| origins.next().is_none())
}

/// Tells whether a browser asks before a page calls (Fetch §3.2.2).
pub(crate) fn is_preflight(request: &Request) -> bool {
    let headers = request.headers();
    request.method() == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}
