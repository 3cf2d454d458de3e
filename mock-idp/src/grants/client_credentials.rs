//! A client's own credentials for an access token, without any user (RFC 6749 §4.4).

use super::{TokenRequest, invalid_grant, resources, understood};
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::scope::Scope;
use crate::tokens::{Asked, Grant, TokenResponse};

/// Scopes that are about a user, whom this grant does not have.
pub(super) const ABOUT_USERS: &[&str] = &["openid", "profile", "email", "offline_access"];

pub(super) fn answer(issuer: &Issuer, request: &TokenRequest<'_>) -> Result<TokenResponse, OAuthError> {
    let client = request.client;
    // RFC 6749 §4.4: confidential clients only.
    if client.is_public() {
        return Err(OAuthError::new(Code::UnauthorizedClient, "a public client has no credentials of its own"));
    }
    let own: Vec<String> =
        client.scopes.iter().filter(|scope| !ABOUT_USERS.contains(&scope.as_str())).cloned().collect();
    let asked = request.parameters.get("scope").map_or_else(|| Scope::all(&own), Scope::parse);
    if !asked.is_within(&Scope::all(&own)) {
        return Err(OAuthError::new(Code::InvalidScope, format!("more than this client may have: {asked}")));
    }
    let resources = resources(request.parameters, &client.resources.as_slice().into())?;
    let now_s = issuer.now_s();
    let mut grant = Grant {
        id: issuer.next_number(),
        client_id: client.id.as_str().into(),
        sub: client.id.as_str().into(),
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
    // RFC 6749 §4.4.3: no refresh token.
    issuer.answer(&grant, asked).ok_or_else(|| invalid_grant("nothing was granted"))
}
