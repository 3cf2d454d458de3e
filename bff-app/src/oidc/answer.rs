//! What the provider answers, read to a bounded length before anything is made of it.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Oidc, OidcError};

/// The longest answer that is read, in bytes.
const LONGEST: usize = 1024 * 1024;
/// The longest error code that is passed on, in bytes.
const LONGEST_CODE: usize = 64;

/// An answer that was read.
pub(super) struct Answer {
    url: String,
    status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// Returns what the body says.
    ///
    /// # Errors
    ///
    /// When the status is not one of success, or the body is not JSON of this form. What it holds may be a token, so the
    /// error says where it is wrong and not what stands there.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, OidcError> {
        self.success()?;
        serde_json::from_slice(&self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            self.unreadable(format!("{:?} at line {line}, column {column}", error.classify()))
        })
    }

    /// Tells whether the status is one of success; a redirect is none, because nothing that is asked here moves.
    ///
    /// # Errors
    ///
    /// [`OidcError::Refused`] with the status, and the error code where there is one.
    pub(super) fn success(&self) -> Result<(), OidcError> {
        if self.status.is_success() {
            return Ok(());
        }
        Err(OidcError::Refused { url: self.url.clone(), status: self.status.as_u16(), error: self.error() })
    }

    /// Returns the error code (RFC 6749 §5.2); what does not look like one is not passed on.
    pub(super) fn error(&self) -> String {
        let body = serde_json::from_slice::<Value>(&self.body).unwrap_or_default();
        let code = body["error"].as_str().unwrap_or_default();
        let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if code.len() <= LONGEST_CODE && code.bytes().all(is_code) { code.to_owned() } else { String::new() }
    }

    pub(super) fn unreadable(&self, why: impl Into<String>) -> OidcError {
        OidcError::Unreadable { url: self.url.clone(), why: why.into() }
    }
}

impl Oidc {
    /// Fetches a document.
    pub(super) async fn document<T: DeserializeOwned>(&self, url: &str) -> Result<T, OidcError> {
        self.send(url, self.outbound.client().get(url)).await?.json()
    }

    /// Sends a request and reads its answer.
    pub(super) async fn send(&self, url: &str, request: reqwest::RequestBuilder) -> Result<Answer, OidcError> {
        let unreachable = |error: reqwest::Error| OidcError::Unreachable { url: url.to_owned(), why: cause(&error) };
        let request = request.build().map_err(unreachable)?;
        let mut response = self.outbound.send(request).await.map_err(unreachable)?;
        let mut answer = Answer {
            url: url.to_owned(),
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Vec::new(),
        };
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if answer.body.len() + chunk.len() > LONGEST {
                return Err(answer.unreadable(format!("it is longer than {LONGEST} bytes")));
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

/// Returns the innermost reason, without the address, which the error names anyway.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { "it takes too long".to_owned() } else { cause.to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { url: "https://i/token".to_owned(), status, headers: HeaderMap::new(), body: body.into() }
    }

    #[test]
    fn an_answer_of_another_form_is_refused_without_being_quoted() {
        let error = answer(200, r#"{"access_token":7,"refresh_token":"secret-text"}"#).json::<Vec<u8>>().unwrap_err();
        assert!(!error.to_string().contains("secret-text") && error.to_string().contains("line 1"), "{error}");
        let error = answer(200, r#""secret-text""#).json::<u64>().unwrap_err();
        assert!(!error.to_string().contains("secret-text"), "{error}");
    }

    #[test]
    fn only_what_looks_like_an_error_code_is_passed_on() {
        let code = |error: &Value| answer(400, &json!({ "error": error }).to_string()).error();
        assert_eq!(code(&json!("invalid_grant")), "invalid_grant");
        for other in [json!("<script>"), json!("a".repeat(65)), json!({}), json!(null), json!("two words")] {
            assert_eq!(code(&other), "", "{other}");
        }
        assert_eq!(answer(400, "not json").error(), "");
    }

    #[test]
    fn a_redirect_is_no_success() {
        assert!(matches!(answer(302, "{}").json::<Value>(), Err(OidcError::Refused { status: 302, .. })));
        assert!(answer(204, "").success().is_ok());
    }
}
