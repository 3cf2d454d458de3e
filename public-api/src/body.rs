//! Reads the body of a call, bounded in length and in time.

use std::error::Error as _;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use http::request::Parts;
use http::{StatusCode, header};
use http_body_util::LengthLimitError;

use crate::problem::Problem;

/// The longest body that is read, in bytes.
const LONGEST: usize = 16 * 1024;
/// How long a caller may take to send it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads a whole body.
///
/// # Errors
///
/// A problem with 408, 413 or 415, or 400 where the connection broke.
pub(crate) async fn read(parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    let coding = parts.headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes);
    if coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the body without a content coding"));
    }
    match tokio::time::timeout(PATIENCE, to_bytes(body, LONGEST)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if error.source().is_some_and(<dyn std::error::Error>::is::<LengthLimitError>) => {
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {LONGEST} bytes")))
        }
        Ok(Err(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "the body broke off")),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, format!("no body within {} s", PATIENCE.as_secs()))),
    }
}
