//! The error of an OAuth endpoint (RFC 6749 §5.2).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;

/// What went wrong, in the words of the specifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1.
    AccessDenied,
    /// RFC 8707 §2.
    InvalidTarget,
    /// RFC 9449 §5.
    InvalidDpopProof,
    /// RFC 9449 §8.
    UseDpopNonce,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    RequestNotSupported,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    RequestUriNotSupported,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 6750 §3.1.
    InsufficientScope,
}

impl Code {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied => "access_denied",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The authentication scheme that the caller should have used.
    fn scheme(self) -> Option<&'static str> {
        match self {
            Self::InvalidClient => Some("Basic"),
            Self::InvalidToken | Self::InsufficientScope => Some("Bearer"),
            _ => None,
        }
    }
}

/// An error code and a sentence for the developer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) code: Code,
    pub(crate) description: String,
    status: Option<StatusCode>,
    /// The nonce that the next DPoP proof is to repeat (RFC 9449 §8).
    nonce: Option<String>,
}

impl OAuthError {
    /// `description` loses what RFC 6749 §5.2 does not allow in it, because values of the request are quoted there.
    pub(crate) fn new(code: Code, description: impl Into<String>) -> Self {
        let description: String = description.into();
        let allowed = |c: &char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
        Self { code, description: description.chars().filter(allowed).take(300).collect(), status: None, nonce: None }
    }

    /// A body that was not read to its end (RFC 9126 §2.3; RFC 9110 §15.5.14).
    pub(crate) fn too_large(self) -> Self {
        Self { status: Some(StatusCode::PAYLOAD_TOO_LARGE), ..self }
    }

    pub(crate) fn with_nonce(self, nonce: Option<String>) -> Self {
        Self { nonce, ..self }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let Self { code, description, status, nonce } = self;
        let body = Json(json!({"error": code.as_str(), "error_description": description}));
        let mut response = (
            status.unwrap_or(code.status()),
            [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")],
            body,
        )
            .into_response();
        if let Some(nonce) = nonce.and_then(|nonce| nonce.parse().ok()) {
            response.headers_mut().insert(crate::dpop::NONCE, nonce);
        }
        if let Some(scheme) = code.scheme() {
            let challenge = match scheme {
                "Bearer" => format!("Bearer error=\"{}\", error_description=\"{description}\"", code.as_str()),
                scheme => format!("{scheme} realm=\"{}\"", code.as_str()),
            };
            let challenge = challenge.parse().expect("the characters of a description are allowed in a header");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
