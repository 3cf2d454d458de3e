//! Lies about the end of a token: what a client that signs out is told, and what it is not.
//!
//! Source: RFC 7009 §2.2.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::forgery::EVIL;
use super::hostile_answer as hostile;

super::lies! {
    /// A lie about the end of a token.
    RevocationLie in "revocation" {
        /// It is done, says the answer, but nothing is revoked.
        NothingRevoked = "nothing-revoked",
        /// The endpoint is out of service: 503.
        Unavailable = "unavailable",
        /// The endpoint is out of service: 503, come back in 30 s.
        UnavailableForNow = "unavailable-for-now",
        /// It is done, but no script may read the answer: it has no CORS header.
        NoCors = "no-cors",
        /// Only access tokens are revoked: a refresh token lives on, whatever the answer says.
        AccessTokensOnly = "access-tokens-only",
        /// Only refresh tokens are revoked: their access tokens live on, whatever the answer says.
        RefreshTokensOnly = "refresh-tokens-only",
        /// Nothing is revoked, and there is no answer.
        Never = "never",
        /// Nothing is revoked, and the answer is at the attacker's: 302.
        Redirected = "redirected",
    }
}

use RevocationLie as Lie;

/// What the endpoint does instead of revoking a token and what comes with it.
pub(crate) enum Instead {
    /// Answers this, and revokes nothing.
    Answer(Response),
    /// Revokes as it should, and answers this.
    RevokeAndAnswer(Response),
    /// Revokes tokens of one kind alone, and answers as if it were all.
    RevokeOnly(Only),
    /// Never answers, and revokes nothing.
    Never,
}

/// The one kind of token that is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Only {
    /// A refresh token that comes is left alone, and with it everything of its grant.
    AccessTokens,
    /// An access token that comes is left alone, and a refresh token ends without its access tokens.
    RefreshTokens,
}

/// Marks a response to which no CORS header may be added.
#[derive(Clone)]
pub(crate) struct WithoutCors;

/// Returns what the endpoint does instead.
pub(crate) fn tell(lie: Lie) -> Instead {
    match lie {
        Lie::NothingRevoked => Instead::Answer(StatusCode::OK.into_response()),
        Lie::Unavailable => Instead::Answer(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Lie::UnavailableForNow => Instead::Answer(hostile::come_back(StatusCode::SERVICE_UNAVAILABLE)),
        Lie::Redirected => Instead::Answer(hostile::redirect(StatusCode::FOUND, &format!("{EVIL}/revoke"))),
        Lie::NoCors => {
            let mut response = StatusCode::OK.into_response();
            response.extensions_mut().insert(WithoutCors);
            Instead::RevokeAndAnswer(response)
        }
        Lie::AccessTokensOnly => Instead::RevokeOnly(Only::AccessTokens),
        Lie::RefreshTokensOnly => Instead::RevokeOnly(Only::RefreshTokens),
        Lie::Never => Instead::Never,
    }
}
