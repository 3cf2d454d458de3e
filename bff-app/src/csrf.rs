//! What stands between the API and requests that another page makes the browser send.
//!
//! The header is no secret. It cannot be sent across origins without a preflight, and this server answers none.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};

use crate::Shared;
use crate::problem::Problem;

/// The header that forces a preflight.
const HEADER: &str = "x-csrf";

/// Lets only requests of the own page through.
pub(crate) async fn protect(State(bff): State<Shared>, request: Request, next: Next) -> Response {
    if let Err(problem) = check(&bff, request.method(), request.headers()) {
        return problem.into_response();
    }
    next.run(request).await
}

fn check(bff: &Shared, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let settings = &bff.settings.csrf;
    // RFC 10017 §6.1.3.3.2: on every request, GET included, because a sibling's GET carries the cookie too.
    if settings.header.is_on() && headers.get(HEADER).is_none_or(|value| value != "1") {
        return Err(Problem::new(StatusCode::FORBIDDEN, "the header X-CSRF: 1 is missing"));
    }
    if settings.origin.is_on() && !method.is_safe() && !is_own(headers, bff.config.origin.as_str()) {
        let origin = headers.get(header::ORIGIN).map(|origin| String::from_utf8_lossy(origin.as_bytes()).into_owned());
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            format!("this request comes from {origin:?}, not from this application"),
        ));
    }
    Ok(())
}

/// Browsers name the origin of every unsafe request; one without a name must at least be same-origin by its metadata.
fn is_own(headers: &HeaderMap, own: &str) -> bool {
    match headers.get(header::ORIGIN) {
        Some(origin) => origin.as_bytes() == own.as_bytes(),
        None => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
    }
}
