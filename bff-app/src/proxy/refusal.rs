//! What an API says when it refuses. Servers that fail show what they were sent, and that includes the credential.
//!
//! So the text of a refusal passes only after it has been looked at: a short one, readable, without the credential.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use http_body::Body as _;

use crate::problem::Problem;

/// The longest text of a refusal that passes, in bytes.
const LONGEST: usize = 64 * 1024;
/// A shorter credential could be found by chance; none is as short.
const SHORTEST: usize = 8;

/// Tells whether an answer is one whose text must be looked at.
pub(super) fn is_one(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// Returns the text of a refusal where it may pass.
pub(super) async fn text(headers: &HeaderMap, body: Body, token: &str, patience: Duration) -> Option<Bytes> {
    // The headers pass with an empty text as well.
    if tells(headers, token) {
        return None;
    }
    if body.is_end_stream() {
        return Some(Bytes::new());
    }
    if headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity") {
        return None;
    }
    let text = tokio::time::timeout(patience, to_bytes(body, LONGEST)).await.ok()?.ok()?;
    (!contains(&text, token)).then_some(text)
}

/// Returns what stands in place of a refusal whose text may not pass.
pub(super) fn stand_in(status: StatusCode, headers: &HeaderMap) -> Response {
    let detail = format!("the API answers {}, and its text is not passed on", status.as_u16());
    let mut response = Problem::new(status, detail).into_response();
    if let Some(retry_after) = headers.get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, retry_after.clone());
    }
    response
}

fn tells(headers: &HeaderMap, token: &str) -> bool {
    headers.values().any(|value| contains(value.as_bytes(), token))
}

fn contains(text: &[u8], token: &str) -> bool {
    token.len() >= SHORTEST && text.windows(token.len()).any(|window| window == token.as_bytes())
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http::HeaderValue;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    async fn passes(headers: &HeaderMap, body: Body) -> bool {
        text(headers, body, "the-access-token", PATIENCE).await.is_some()
    }

    #[tokio::test]
    async fn a_text_passes_when_it_is_short_readable_and_without_the_credential() {
        let none = HeaderMap::new();
        assert!(passes(&none, Body::empty()).await);
        assert!(passes(&none, Body::from("the amount is missing")).await);
        assert!(!passes(&none, Body::from("failed on: authorization: Bearer the-access-token")).await);
        assert!(!passes(&none, Body::from("a".repeat(LONGEST + 1))).await);
        let silent = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        assert!(!passes(&none, silent).await);
        let mut zipped = HeaderMap::new();
        zipped.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(!passes(&zipped, Body::from("whatever this is")).await);
        let mut echo = HeaderMap::new();
        echo.insert("x-debug", HeaderValue::from_static("Bearer the-access-token"));
        assert!(!passes(&echo, Body::from("failed")).await);
        assert!(!passes(&echo, Body::empty()).await);
    }

    #[test]
    fn the_stand_in_keeps_the_status_and_when_to_come_back() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
        headers.insert(header::SERVER, HeaderValue::from_static("told"));
        let response = stand_in(StatusCode::SERVICE_UNAVAILABLE, &headers);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
        assert!(!response.headers().contains_key(header::SERVER));
    }
}
