//! A user's own password for tokens (RFC 6749 §4.3), which RFC 9700 §2.4 forbids.
//!
//! It is here because it is one of the ways in which a backend reaches an API that knows technical users only, and a
//! comparison must be able to show what that costs. Off unless `password_grant` is `yes`.

use super::{TokenRequest, invalid_grant, without_session};
use crate::issuer::Issuer;
use crate::oauth_error::OAuthError;
use crate::scope::Scope;
use crate::tokens::TokenResponse;

pub(super) const GRANT_TYPE: &str = "password";

pub(super) fn answer(issuer: &Issuer, request: &TokenRequest<'_>) -> Result<TokenResponse, OAuthError> {
    let (client, parameters) = (request.client, request.parameters);
    let (username, password) = (parameters.require("username")?, parameters.require("password")?);
    let user = issuer
        .registry
        .user_with_password(username, password)
        .ok_or_else(|| invalid_grant("the user name or the password is wrong"))?;
    // No refresh token and no ID token: there is no session that could end.
    without_session(issuer, request, &user.sub, &Scope::all(&client.scopes))
}
