//! A client's own credentials for an access token, without any user (RFC 6749 §4.4).

use crate::clients::{Client, ClientKind};
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::scope::Scope;
use crate::tokens::{Grant, TokenResponse};

/// Scopes that are about a user, whom this grant does not have.
const ABOUT_USERS: &[&str] = &["openid", "profile", "email", "offline_access"];

pub(super) fn answer(issuer: &Issuer, client: &Client, parameters: &Parameters) -> Result<TokenResponse, OAuthError> {
    // RFC 6749 §4.4: confidential clients only.
    if client.kind == ClientKind::Public {
        return Err(OAuthError::new(Code::UnauthorizedClient, "a public client has no credentials of its own"));
    }
    let own: Vec<String> =
        client.scopes.iter().filter(|scope| !ABOUT_USERS.contains(&scope.as_str())).cloned().collect();
    let asked = parameters.get("scope").map_or_else(|| Scope::all(&own), Scope::parse);
    if !asked.is_within(&Scope::all(&own)) {
        return Err(OAuthError::new(Code::InvalidScope, format!("more than this client may have: {asked}")));
    }
    let now_s = issuer.now_s();
    let grant = Grant {
        id: hosting::random_token(),
        client_id: client.id.clone(),
        sub: client.id.clone(),
        sid: None,
        auth_time_s: now_s,
        nonce: None,
        scope: asked,
        began_s: now_s,
        refresh_ended: false,
    };
    issuer.begin_grant(&grant);
    // RFC 6749 §4.4.3: no refresh token.
    issuer.answer(&grant, &grant.scope).ok_or_else(|| OAuthError::new(Code::InvalidGrant, "nothing was granted"))
}
