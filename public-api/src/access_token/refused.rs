//! Why a call is refused, as challenges say it (RFC 6750 §3).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::SCOPE;
use crate::problem::Problem;

/// Why a call is refused. The texts carry nothing that the caller sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("no access token was sent: send one in the Authorization header")]
    NoToken,
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("{0}")]
    InvalidToken(&'static str),
    #[error("the access token was not granted the scope {SCOPE}")]
    InsufficientScope,
    #[error("access tokens cannot be checked now: {0}")]
    Unavailable(String),
}

impl Refused {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::InvalidToken(_) => StatusCode::UNAUTHORIZED,
            Self::InvalidRequest(_) => StatusCode::BAD_REQUEST,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns the error code, which a call without any credentials does not get (RFC 6750 §3.1).
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::InvalidRequest(_) => Some("invalid_request"),
            Self::InvalidToken(_) => Some("invalid_token"),
            Self::InsufficientScope => Some("insufficient_scope"),
            Self::NoToken | Self::Unavailable(_) => None,
        }
    }

    /// Builds the answer with its challenge.
    pub(crate) fn challenge(&self, realm: &str) -> impl IntoResponse + use<> {
        let mut challenge = format!("Bearer realm=\"{realm}\"");
        if let Some(code) = self.code() {
            challenge += &[", error=\"", code, "\", error_description=\"", &self.to_string(), "\""].concat();
        }
        if *self == Self::InsufficientScope {
            challenge += &[", scope=\"", SCOPE, "\""].concat();
        }
        let mut response: Response = Problem::new(self.status(), self.to_string()).into_response();
        // A broken check is not the caller's fault, and a challenge would send it to fetch another token.
        if !matches!(self, Self::Unavailable(_))
            && let Ok(challenge) = HeaderValue::from_str(&challenge)
        {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
