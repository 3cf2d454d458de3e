//! Which pages may read the answers (Fetch standard, CORS protocol).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::Config;
use crate::settings::{Cors, Credential, Settings};

/// The pages that may read.
#[derive(Clone)]
pub(crate) struct Pages {
    origins: Arc<[String]>,
    cors: Cors,
    cookies: bool,
}

impl Pages {
    pub(crate) fn new(config: &Config, settings: &Settings) -> Self {
        Self {
            origins: config.allowed_origins.iter().map(ToString::to_string).collect(),
            cors: settings.cors,
            cookies: settings.cors == Cors::Reflect || settings.credential == Credential::Cookie,
        }
    }

    fn admits(&self, origin: &HeaderValue) -> bool {
        match self.cors {
            // Whole origins, byte by byte: suffixes, prefixes and `null` are how lists are got around.
            Cors::Exact => self.origins.iter().any(|known| known.as_bytes() == origin.as_bytes()),
            Cors::Reflect => true,
        }
    }

    fn admit(&self, origin: Option<HeaderValue>, headers: &mut HeaderMap) -> bool {
        // Fetch §3.2.5: also where the answer is no, or a cache gives one page's answer to another.
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = origin.filter(|origin| self.admits(origin)) else { return false };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.cookies {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        true
    }
}

/// Answers preflights, before any token is asked for, and says of every other answer who may read it.
pub(crate) async fn answer(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let asked = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() == Method::OPTIONS && origin.is_some() && asked {
        return preflight(&pages, origin);
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if pages.admit(origin, headers) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("WWW-Authenticate"));
    }
    response
}

fn preflight(pages: &Pages, origin: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    if pages.admit(origin, headers) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}
