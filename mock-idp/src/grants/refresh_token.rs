//! A refresh token for fresh tokens (RFC 6749 §6), rotated and watched for reuse (RFC 9700 §4.14.2).

use crate::clients::Client;
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::scope::Scope;
use crate::tokens::{Grant, RefreshToken, TokenResponse};

pub(super) fn answer(issuer: &Issuer, client: &Client, parameters: &Parameters) -> Result<TokenResponse, OAuthError> {
    let value = parameters.require("refresh_token")?;
    let known = issuer.refresh_tokens.get(value).filter(|token| token.client_id == client.id).ok_or_else(unknown)?;
    let mut grant = issuer.grants.get(&known.grant_id).filter(|grant| !grant.refresh_ended).ok_or_else(unknown)?;
    // Before the token is used up: a client that asks for too much may ask again.
    let scope = scope(&grant, parameters)?;
    // OpenID Connect Core 1.0 §12.2: the nonce belongs to the first ID token.
    grant.nonce = None;
    let refresh_token = spend(issuer, value, &grant)?;
    let mut answer = issuer.answer(&grant, &scope).ok_or_else(unknown)?;
    answer.refresh_token = Some(refresh_token);
    Ok(answer)
}

/// Source: RFC 6749 §6, never more than was granted.
fn scope(grant: &Grant, parameters: &Parameters) -> Result<Scope, OAuthError> {
    let Some(text) = parameters.get("scope") else { return Ok(grant.scope.clone()) };
    let asked = Scope::parse(text);
    if asked.is_within(&grant.scope) {
        return Ok(asked);
    }
    Err(OAuthError::new(Code::InvalidScope, format!("more than was granted: {asked}, granted was {}", grant.scope)))
}

/// Uses a refresh token, and returns the one to use next.
fn spend(issuer: &Issuer, value: &str, grant: &Grant) -> Result<String, OAuthError> {
    let rotate = issuer.settings.rt_rotate.is_on();
    let spent = issuer.refresh_tokens.change(value, |expires_s, token: &mut RefreshToken| {
        if token.used {
            return Err(token.clone());
        }
        token.used = rotate;
        // A replaced token is remembered as long as its family lives, so that its return is noticed.
        *expires_s = if rotate { token.family_ends_s } else { issuer.idle_end_s(token.family_ends_s) };
        Ok(token.family_ends_s)
    });
    match spent.ok_or_else(unknown)? {
        Ok(family_ends_s) if rotate => Ok(issuer.mint_refresh_token(grant, family_ends_s)),
        Ok(_) => Ok(value.to_owned()),
        Err(reused) => {
            // One of the two holders is a thief, and nobody can tell which: the family ends for both.
            if issuer.settings.rt_reuse_detection.is_on() {
                issuer.grants.remove(&reused.grant_id);
            }
            Err(OAuthError::new(Code::InvalidGrant, "the refresh token was used before"))
        }
    }
}

fn unknown() -> OAuthError {
    OAuthError::new(Code::InvalidGrant, "the refresh token is unknown, has expired or was revoked")
}
