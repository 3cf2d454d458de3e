//! Errors of the application as problem documents (RFC 9457).

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

static CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A refusal that says what to do.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) detail: Cow<'static, str>,
    challenge: Option<HeaderValue>,
}

/// The document (RFC 9457 §3.1); without a type of its own, the title is that of the status (§4.2.1).
#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: Cow::Owned(detail.into()), challenge: None }
    }

    /// Makes one whose text is always the same, so that refusing costs nearly nothing.
    pub(crate) const fn fixed(status: StatusCode, detail: &'static str) -> Self {
        Self { status, detail: Cow::Borrowed(detail), challenge: None }
    }

    /// Says what would let the caller in (RFC 9110 §11.6.1).
    pub(crate) fn challenging(self, challenge: HeaderValue) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    pub(crate) const fn signed_out() -> Self {
        Self::fixed(StatusCode::UNAUTHORIZED, "nobody is signed in: go to /bff/login")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("error"),
            status: self.status.as_u16(),
            detail: &self.detail,
        };
        let body = serde_json::to_vec(&document).expect("texts and a number are JSON");
        let mut response = (self.status, [(header::CONTENT_TYPE, CONTENT_TYPE.clone())], body).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_goes_into_the_header() {
        let challenge = HeaderValue::from_static("Bearer error=\"insufficient_user_authentication\"");
        let response = Problem::signed_out().challenging(challenge.clone()).into_response();
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], challenge);
        assert!(!Problem::signed_out().into_response().headers().contains_key(header::WWW_AUTHENTICATE));
    }

    #[tokio::test]
    async fn a_problem_says_what_and_why() {
        let response = Problem::new(StatusCode::CONFLICT, "\"taken\"").into_response();
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            document,
            serde_json::json!({ "type": "about:blank", "title": "Conflict", "status": 409, "detail": "\"taken\"" })
        );
    }
}
