//! Why a call is refused, as challenges say it (RFC 6750 §3, RFC 9449 §7.1).

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};

use super::credential::Scheme;
use super::jws::ALGORITHMS;
use crate::Config;
use crate::problem::Problem;
use crate::settings::Dpop;

/// Why a call is refused. The texts carry nothing that the caller sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("no access token was sent: send one in the Authorization header")]
    NoToken,
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("{0}")]
    InvalidToken(&'static str),
    #[error("{0}")]
    InvalidProof(&'static str),
    #[error("repeat the nonce of the DPoP-Nonce header in the proof")]
    UseNonce,
    #[error("the access token was not granted the scope that this API demands")]
    InsufficientScope,
    #[error("access tokens cannot be checked now: {0}")]
    Unavailable(String),
}

impl Refused {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::InvalidToken(_) | Self::InvalidProof(_) | Self::UseNonce => StatusCode::UNAUTHORIZED,
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
            Self::InvalidProof(_) => Some("invalid_dpop_proof"),
            Self::UseNonce => Some("use_dpop_nonce"),
            Self::InsufficientScope => Some("insufficient_scope"),
            Self::NoToken | Self::Unavailable(_) => None,
        }
    }
}

/// What every challenge of an API says.
pub(super) struct Challenges {
    realm: String,
    scope: String,
    dpop: Dpop,
}

impl Challenges {
    pub(super) fn new(config: &Config, dpop: Dpop) -> Self {
        Self { realm: config.origin.to_string(), scope: config.scope.clone(), dpop }
    }

    /// Builds the answer to a call that used this scheme, with a challenge for every scheme that is taken.
    pub(super) fn answer(&self, refused: &Refused, used: Option<Scheme>) -> Response {
        let mut response = Problem::new(refused.status(), refused.to_string()).into_response();
        // A broken check is not the caller's fault, and a challenge would send it to fetch another token.
        if matches!(refused, Refused::Unavailable(_)) {
            return response;
        }
        let of_dpop = self.dpop == Dpop::Require || (self.dpop == Dpop::Accept && used == Some(Scheme::Dpop));
        let mut challenge = |text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().append(header::WWW_AUTHENTICATE, value);
            }
        };
        if self.dpop != Dpop::Require {
            let error = if of_dpop { String::new() } else { self.error(refused) };
            challenge(format!("Bearer realm=\"{}\"{error}", self.realm));
        }
        if self.dpop != Dpop::Off {
            let error = if of_dpop { self.error(refused) } else { String::new() };
            challenge(format!("DPoP realm=\"{}\", algs=\"{ALGORITHMS}\"{error}", self.realm));
        }
        response
    }

    /// What the challenge says of the call that it answers; a challenge of a scheme that was not used says nothing.
    fn error(&self, refused: &Refused) -> String {
        let Some(code) = refused.code() else { return String::new() };
        let mut error = format!(", error=\"{code}\", error_description=\"{refused}\"");
        if *refused == Refused::InsufficientScope {
            error += &format!(", scope=\"{}\"", self.scope);
        }
        error
    }
}
