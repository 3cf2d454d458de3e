//! A user's own password for tokens (RFC 6749 §4.3), which RFC 9700 §2.4 forbids.
//!
//! It is here because it is one of the ways in which a backend reaches an API that knows technical users only, and a
//! comparison must be able to show what that costs. Off unless `password_grant` is `yes`.

use super::{TokenRequest, invalid_grant, resources, understood};
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::scope::Scope;
use crate::tokens::{Asked, Grant, TokenResponse};

pub(super) const GRANT_TYPE: &str = "password";

pub(super) fn answer(issuer: &Issuer, request: &TokenRequest<'_>) -> Result<TokenResponse, OAuthError> {
    let (client, parameters) = (request.client, request.parameters);
    let (username, password) = (parameters.require("username")?, parameters.require("password")?);
    let user = issuer
        .registry
        .user_with_password(username, password)
        .ok_or_else(|| invalid_grant("the user name or the password is wrong"))?;
    let asked = parameters.get("scope").map_or_else(|| Scope::all(&client.scopes), Scope::parse);
    if !asked.is_within(&Scope::all(&client.scopes)) {
        return Err(OAuthError::new(Code::InvalidScope, format!("more than this client may have: {asked}")));
    }
    let resources = resources(parameters, &client.resources.as_slice().into())?;
    let now_s = issuer.now_s();
    let mut grant = Grant {
        id: issuer.next_number(),
        client_id: client.id.as_str().into(),
        sub: user.sub.as_str().into(),
        auth_time_s: now_s,
        scope: understood(issuer, &asked, &resources),
        resources: resources.clone(),
        binding: request.binding.clone(),
        began_s: now_s,
        correlation: hosting::random_token()[..12].into(),
        ..Grant::default()
    };
    request.bend(issuer, &mut grant);
    let grant = issuer.begin_grant(grant);
    let asked = Asked { scope: grant.scope.clone(), resources, binding: request.binding.clone(), nonce: None };
    // No refresh token and no ID token: there is no session that could end.
    issuer.answer(&grant, asked).ok_or_else(|| invalid_grant("nothing was granted"))
}
