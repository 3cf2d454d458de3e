//! A refresh token for fresh tokens (RFC 6749 §6), rotated and watched for reuse (RFC 9700 §4.14.2).

use hosting::Kind;

use super::{TokenRequest, invalid_grant, resources, understood};
use crate::binding::Binding;
use crate::events::Happened;
use crate::issuer::Issuer;
use crate::misbehaviour::token_response;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::scope::Scope;
use crate::tokens::{Asked, Grant, RefreshToken, TokenResponse};

pub(super) fn answer(issuer: &Issuer, request: &TokenRequest<'_>) -> Result<TokenResponse, OAuthError> {
    let value = request.parameters.require("refresh_token")?;
    let known = issuer.refresh_tokens.get(value).ok_or_else(unknown)?;
    let grant = issuer.living_grant(known.grant_id).filter(|grant| !grant.refresh_ended).ok_or_else(unknown)?;
    if *grant.client_id != *request.client.id {
        return Err(unknown());
    }
    // Before anything else of the request is looked at: a thief who asks for too much is a thief all the same.
    if is_reused(issuer, &known) {
        return Err(note_reuse(issuer, value, &grant));
    }
    issuer.refresh_tokens_last_until_s(grant.sid.as_deref()).ok_or_else(unknown)?;
    check_binding(&grant, request)?;
    // Before the token is used up: a client that asks for too much may ask again.
    let scope = scope(&grant, request.parameters)?;
    let resources = resources(request.parameters, &grant.resources)?;
    let rotates = issuer.settings.rt_rotate.is_on() && request.lie.is_none_or(token_response::rotates);
    let refresh_token = spend(issuer, value, &grant, rotates)?;
    issuer.note_about(Happened::Used, Kind::RefreshToken, value, &grant);
    let mut grant = Grant::clone(&grant);
    // OpenID Connect Core 1.0 §11: a token for offline access goes on without the session, and names it no more.
    if !issuer.settings.rt_session.is_on() {
        grant.sid = grant.sid.filter(|sid| issuer.sessions.expires_s(sid).is_some());
    }
    request.bend(issuer, &mut grant);
    let asked = Asked {
        scope: understood(issuer, &scope, &resources),
        resources,
        binding: request.binding.clone(),
        nonce: None,
    };
    let mut answer = issuer.answer(&grant, asked).ok_or_else(unknown)?;
    answer.refresh_token = Some(refresh_token);
    Ok(answer)
}

/// A public client's refresh token is worth something only with the key with which it was issued (RFC 9449 §5).
fn check_binding(grant: &Grant, request: &TokenRequest<'_>) -> Result<(), OAuthError> {
    let is_bound = request.client.is_public() && grant.binding != Binding::Bearer;
    if is_bound && grant.binding != request.binding {
        return Err(invalid_grant("the refresh token is bound to a key, and the request does not prove to hold it"));
    }
    Ok(())
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

/// What became of a refresh token that was presented.
enum Spent {
    /// Its family ends at this second; it was fresh, or is within the grace of one that was not.
    Taken(u64),
    /// Somebody has used it before.
    Reused,
}

/// Tells whether a token was replaced so long ago that its client cannot have missed the answer.
fn is_reused(issuer: &Issuer, token: &RefreshToken) -> bool {
    token.used_at_s.is_some_and(|used_at_s| issuer.now_s() >= used_at_s.saturating_add(issuer.settings.rt_grace_s))
}

/// One of the two holders is a thief, and nobody can tell which: the family ends for both.
fn note_reuse(issuer: &Issuer, value: &str, grant: &Grant) -> OAuthError {
    issuer.note_about(Happened::Reused, Kind::RefreshToken, value, grant);
    if issuer.settings.rt_reuse_detection.is_on() {
        issuer.end_grant(grant.id, "its replaced refresh token came back");
    }
    invalid_grant("the refresh token was used before")
}

/// Uses a refresh token, and returns the one to use next.
fn spend(issuer: &Issuer, value: &str, grant: &Grant, rotates: bool) -> Result<String, OAuthError> {
    let now_s = issuer.now_s();
    let spent = issuer.refresh_tokens.change(value, |expires_s, token: &mut RefreshToken| {
        if token.used_at_s.is_some() {
            // A client whose answer was lost asks again at once.
            return if is_reused(issuer, token) { Spent::Reused } else { Spent::Taken(token.family_ends_s) };
        }
        token.used_at_s = rotates.then_some(now_s);
        // A replaced token is remembered as long as its family lives, so that its return is noticed.
        *expires_s = if rotates { token.family_ends_s } else { issuer.idle_end_s(token.family_ends_s) };
        Spent::Taken(token.family_ends_s)
    });
    match spent.ok_or_else(unknown)? {
        Spent::Taken(family_ends_s) if rotates => Ok(issuer.mint_refresh_token(grant, family_ends_s)),
        Spent::Taken(_) => Ok(value.to_owned()),
        Spent::Reused => Err(note_reuse(issuer, value, grant)),
    }
}

fn unknown() -> OAuthError {
    invalid_grant("the refresh token is unknown, has expired or was revoked")
}
