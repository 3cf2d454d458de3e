//! A client's own credentials for an access token, without any user (RFC 6749 §4.4).

use super::{TokenRequest, without_session};
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::scope::Scope;
use crate::tokens::TokenResponse;

/// Scopes that are about a user, whom this grant does not have.
pub(super) const ABOUT_USERS: &[&str] = &["openid", "profile", "email", "offline_access"];

pub(super) fn answer(issuer: &Issuer, request: &TokenRequest<'_>) -> Result<TokenResponse, OAuthError> {
    let client = request.client;
    // RFC 6749 §4.4: confidential clients only.
    if client.is_public() {
        return Err(OAuthError::new(Code::UnauthorizedClient, "a public client has no credentials of its own"));
    }
    let own = Scope::of(client.scopes.iter().map(String::as_str).filter(|scope| !ABOUT_USERS.contains(scope)));
    // RFC 6749 §4.4.3: no refresh token.
    without_session(issuer, request, &client.id, &own)
}
