//! What stands between the API and requests that another page makes the browser send.
//!
//! The header is no secret. It cannot be sent across origins without a preflight, and this server answers none.

mod sender;
mod stream;
mod token;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use http_body::Body as _;

use crate::observe::Refusal;
use crate::problem::Problem;
use crate::{Inner, Shared};
use sender::Sender;

pub(crate) use stream::{Stream, check_stream};
pub(crate) use token::{Csrf, forget, token_for};

/// The header that forces a preflight.
const HEADER: &str = "x-csrf";

/// Lets only requests of the own page through.
pub(crate) async fn protect(State(bff): State<Shared>, request: Request, next: Next) -> Response {
    let has_body = !request.body().is_end_stream();
    let planted = match admit(&bff, request.method(), request.headers(), request.uri(), has_body).await {
        Ok(planted) => planted,
        Err(problem) => return problem.into_response(),
    };
    let mut response = next.run(request).await;
    if let Some(set_cookie) = planted {
        response.headers_mut().append(header::SET_COOKIE, set_cookie);
    }
    response
}

/// Does the same for what passes through the proxy; there a request can begin a stream, and then carries no header.
///
/// No layer of its own, because every request through the proxy would pay for one. Returns the line that plants a token.
///
/// # Errors
///
/// As those of every other API request.
pub(crate) async fn admit_proxied(bff: &Inner, parts: &Parts, has_body: bool) -> Result<Option<HeaderValue>, Problem> {
    match Stream::of(&parts.method, &parts.headers) {
        Some(stream) => check_stream(bff, &parts.headers, stream).map(|()| None),
        None => admit(bff, &parts.method, &parts.headers, &parts.uri, has_body).await,
    }
}

async fn admit(
    bff: &Inner,
    method: &Method,
    headers: &HeaderMap,
    uri: &Uri,
    has_body: bool,
) -> Result<Option<HeaderValue>, Problem> {
    check(bff, method, headers, uri.query(), has_body).await?;
    Ok(token::plant(bff, method, headers).await)
}

async fn check(
    bff: &Inner,
    method: &Method,
    headers: &HeaderMap,
    query: Option<&str>,
    has_body: bool,
) -> Result<(), Problem> {
    let settings = &bff.settings.csrf;
    if settings.fetch_metadata.is_on() && Sender::by_site(headers) == Sender::Foreign {
        return Err(refused(bff, Refusal::FetchMetadata, "this request comes from another site, or from nowhere"));
    }
    // RFC 10017 §6.1.3.3.2: on every request, GET included, because a sibling's GET carries the cookie too.
    if settings.header.is_on() && headers.get(HEADER).is_none_or(|value| value != "1") {
        return Err(refused(bff, Refusal::Header, "the header X-CSRF: 1 is missing"));
    }
    if method.is_safe() {
        return Ok(());
    }
    if settings.origin.is_on() && !is_own(headers, bff.config.origin.as_str()) {
        return Err(refused(bff, Refusal::Origin, "this request does not come from this application's own page"));
    }
    if settings.content_type.is_on() && has_body && !is_json(headers) {
        bff.watch.refused(Refusal::ContentType);
        return Err(Problem::fixed(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the body as application/json"));
    }
    token::check(bff, headers, query).await
}

fn refused(bff: &Inner, why: Refusal, detail: &'static str) -> Problem {
    bff.watch.refused(why);
    Problem::fixed(StatusCode::FORBIDDEN, detail)
}

/// Browsers name the origin of every unsafe request; one without a name must at least be same-origin by its metadata.
fn is_own(headers: &HeaderMap, own: &str) -> bool {
    match Sender::by_origin(headers, own) {
        Sender::Own => true,
        Sender::Foreign => false,
        Sender::Unnamed => Sender::by_site(headers) == Sender::Own,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let essence = only.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
}
