//! A user's access token for another one, for an API further down (RFC 8693).
//!
//! The new token is never worth more than the old: its scope and its life are within the old one's, and it ends with it.

use std::sync::Arc;

use hosting::Kind;
use serde_json::{Value, json};

use super::{TokenRequest, invalid_grant, understood};
use crate::binding::Binding;
use crate::events::Happened;
use crate::issuer::Issuer;
use crate::oauth_error::{Code, OAuthError};
use crate::scope::Scope;
use crate::tokens::{AccessToken, Asked, Grant, TokenResponse};

pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The only type of token that is taken and given (RFC 8693 §3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// So many may act for a user one after another.
const MOST_ACTORS: usize = 8;

pub(super) fn answer(issuer: &Issuer, request: &TokenRequest<'_>) -> Result<TokenResponse, OAuthError> {
    let (client, parameters) = (request.client, request.parameters);
    // RFC 8693 §5: whoever holds a token could widen its audience, so the client must prove who it is.
    if client.is_public() {
        return Err(OAuthError::new(Code::UnauthorizedClient, "a public client may not exchange tokens"));
    }
    let subject_token = parameters.require("subject_token")?;
    check_type(parameters.require("subject_token_type")?, "subject_token_type")?;
    if let Some(requested) = parameters.get("requested_token_type") {
        check_type(requested, "requested_token_type")?;
    }
    // RFC 8693 §2.2.2: a token that is not taken is an invalid_request.
    let (token, subject) =
        issuer.access_token(subject_token).ok_or_else(|| refuse("the subject_token is not worth anything"))?;
    check_holder(request, &token, &subject)?;
    let actor = actor(issuer, request)?;
    if depth(subject.act.as_deref()) >= MOST_ACTORS {
        return Err(refuse(&format!("more than {MOST_ACTORS} have acted for the user one after another")));
    }
    let resources = target(request)?;
    let scope = parameters.get("scope").map_or_else(|| token.scope.allowed_by(&client.scopes), Scope::parse);
    if !scope.is_within(&token.scope) || !scope.is_within(&Scope::all(&client.scopes)) {
        let reason = format!("more than the subject_token or this client may have: {scope}");
        return Err(OAuthError::new(Code::InvalidScope, reason));
    }
    let scope = understood(issuer, &scope, &resources);
    if scope.is_empty() {
        let reason = "the subject_token has no scope that this client, or the API, may have";
        return Err(OAuthError::new(Code::InvalidScope, reason));
    }
    issuer.note_about(Happened::Used, Kind::AccessToken, subject_token, &subject);
    let mut grant = Grant {
        id: issuer.next_number(),
        client_id: client.id.as_str().into(),
        sid: token.sid.clone(),
        scope,
        resources: resources.clone(),
        binding: request.binding.clone(),
        began_s: issuer.now_s(),
        refresh_ended: true,
        act: Some(Box::new(act(&actor, subject.act.as_deref()))),
        parent: Some(subject.id),
        ..Grant::clone(&subject)
    };
    request.bend(issuer, &mut grant);
    let grant = issuer.begin_grant(grant);
    let asked = Asked { scope: grant.scope.clone(), resources, binding: request.binding.clone(), nonce: None };
    let mut answer = issuer
        .answer_until(&grant, asked, token.expires_s)
        .ok_or_else(|| invalid_grant("the session of the subject_token has ended"))?;
    answer.issued_token_type = Some(ACCESS_TOKEN);
    Ok(answer)
}

fn check_type(given: &str, parameter: &str) -> Result<(), OAuthError> {
    if given == ACCESS_TOKEN {
        return Ok(());
    }
    Err(OAuthError::new(Code::InvalidRequest, format!("the {parameter} {given} is not supported: use {ACCESS_TOKEN}")))
}

/// A token is exchanged by the client that it was issued to, or by an API that it was sent to; one that is bound to a key by the
/// holder of the key, or by such an API.
fn check_holder(request: &TokenRequest<'_>, token: &AccessToken, subject: &Grant) -> Result<(), OAuthError> {
    let client = request.client;
    let is_own = *subject.client_id == *client.id;
    let is_sent_to = token.audience.iter().any(|audience| client.resources.contains(audience));
    if !is_own && !is_sent_to {
        return Err(refuse("the subject_token was neither issued to this client nor is it for one of its APIs"));
    }
    match &token.binding {
        Binding::Bearer => Ok(()),
        bound if *bound == request.binding || (is_sent_to && client.may_introspect) => Ok(()),
        _ => Err(refuse("the subject_token is bound to a key, and the request does not prove to hold it")),
    }
}

fn refuse(reason: &str) -> OAuthError {
    OAuthError::new(Code::InvalidRequest, reason)
}

/// Returns who will act: the client, or whom the actor's token names (RFC 8693 §2.1, `actor_token`).
fn actor(issuer: &Issuer, request: &TokenRequest<'_>) -> Result<String, OAuthError> {
    let Some(actor_token) = request.parameters.get("actor_token") else {
        if request.parameters.get("actor_token_type").is_some() {
            return Err(OAuthError::new(Code::InvalidRequest, "there is an actor_token_type without an actor_token"));
        }
        return Ok(request.client.id.clone());
    };
    check_type(request.parameters.require("actor_token_type")?, "actor_token_type")?;
    let (token, actor) =
        issuer.access_token(actor_token).ok_or_else(|| refuse("the actor_token is not worth anything"))?;
    if token.binding != Binding::Bearer && token.binding != request.binding {
        return Err(refuse("the actor_token is bound to a key, and the request does not prove to hold it"));
    }
    if *actor.client_id == *request.client.id {
        return Ok(actor.sub.to_string());
    }
    Err(refuse("the actor_token was issued to another client"))
}

fn depth(act: Option<&Value>) -> usize {
    std::iter::successors(act, |act| act.get("act")).count()
}

/// Source: RFC 8693 §4.1: who acted before stands inside.
fn act(actor: &str, before: Option<&Value>) -> Value {
    match before {
        Some(before) => json!({"sub": actor, "act": before}),
        None => json!({"sub": actor}),
    }
}

/// Source: RFC 8693 §2.1, `resource` and `audience`; one API at a time.
fn target(request: &TokenRequest<'_>) -> Result<Arc<[String]>, OAuthError> {
    let (resources, audiences) = (request.parameters.all("resource"), request.parameters.all("audience"));
    let asked: Vec<&str> = resources.chain(audiences).collect();
    let known = &request.client.resources;
    match asked.as_slice() {
        [] => Ok(known.first().cloned().into_iter().collect()),
        [one] if known.iter().any(|known| known == one) => Ok(Arc::from([(*one).to_owned()])),
        [one] => {
            let reason = format!("the resource or audience is not one for which this client may get tokens: {one}");
            Err(OAuthError::new(Code::InvalidTarget, reason))
        }
        _ => Err(OAuthError::new(Code::InvalidTarget, "ask for one resource or audience at a time")),
    }
}
