//! What a token is worth, for resource servers to ask (RFC 7662).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use hosting::Kind;
use http::header;
use serde_json::{Value, json};

use crate::client_auth;
use crate::client_call::ClientCall;
use crate::clients::Client;
use crate::events::{Happened, Note};
use crate::issuer::{Issuer, Shared};
use crate::misbehaviour::{Lie, introspection};
use crate::oauth_error::{Code, OAuthError};
use crate::tokens::{AccessToken, Grant};

const PATH: &str = "/introspect";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(PATH, post(introspect))
}

async fn introspect(State(issuer): State<Shared>, call: ClientCall) -> Result<Response, OAuthError> {
    // No CORS: who resolves tokens has authenticated with a secret, and is no script.
    let presented = call.open(PATH)?;
    // RFC 7662 §2.1 and §4: whoever may ask without authentication may try tokens until one is active.
    let caller = if issuer.settings.introspect_auth.is_on() {
        Some(client_auth::authenticate(&issuer, &presented)?)
    } else {
        None
    };
    // A client identifier is no authentication.
    if caller.as_ref().is_some_and(|caller| caller.is_public()) {
        return Err(OAuthError::new(Code::InvalidClient, "a public client cannot be authenticated"));
    }
    let token = presented.parameters.require("token")?;
    // RFC 7662 §2.1: a wrong `token_type_hint` changes nothing, so it is not read.
    let answer = access_token(&issuer, token, caller.as_deref())
        .or_else(|| refresh_token(&issuer, token, caller.as_deref()))
        .unwrap_or_else(|| inactive(&issuer, token, caller.as_deref()));
    let client_id = caller.as_ref().map(|caller| caller.id.as_str());
    introspection::remember(&issuer, token, &answer);
    let lie = issuer.lie(client_id, |lie| match lie {
        Lie::Introspection(lie) => Some(lie),
        _ => None,
    });
    Ok(match lie {
        None => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Some(lie) => introspection::tell(&issuer, lie, token, answer).await,
    })
}

/// RFC 7662 §2.2: not a word more about a token that is not active.
///
/// The log names it all the same, and its sign-in where that is remembered.
fn inactive(issuer: &Issuer, value: &str, caller: Option<&Client>) -> Value {
    let (kind, grant_id) = match issuer.refresh_tokens.get(value) {
        Some(token) => (Kind::RefreshToken, Some(token.grant_id)),
        None => (Kind::AccessToken, issuer.access_tokens.get(value).map(|token| token.grant_id)),
    };
    let grant = grant_id.and_then(|id| issuer.grants.get(&id));
    let note = Note {
        credential: Some((kind, value)),
        client_id: caller.map(|caller| caller.id.as_str().into()),
        correlation: grant.map(|grant| Arc::clone(&grant.correlation)),
        ..Note::default()
    };
    issuer.note(Happened::FoundInactive, note);
    json!({"active": false})
}

/// Tells whether a caller may hear of a token: an API of its own tokens, an application of those that it got.
///
/// Source: RFC 7662 §2.2 and §4.
fn may_hear(issuer: &Issuer, caller: &Client, token: &AccessToken, grant: &Grant) -> bool {
    let is_for_caller = || {
        !issuer.settings.introspect_aud.is_on()
            || caller.resources.is_empty()
            || token.audience.iter().any(|audience| caller.resources.contains(audience))
    };
    *grant.client_id == *caller.id || (caller.may_introspect && is_for_caller())
}

fn access_token(issuer: &Issuer, value: &str, caller: Option<&Client>) -> Option<Value> {
    let (token, grant) = issuer.access_token(value)?;
    if caller.is_some_and(|caller| !may_hear(issuer, caller, &token, &grant)) {
        return None;
    }
    issuer.note_about(Happened::Introspected, Kind::AccessToken, value, &grant);
    let mut answer = serde_json::to_value(issuer.claims(&grant, &token)).unwrap_or_default();
    answer["active"] = json!(true);
    answer["token_type"] = json!(token.binding.token_type());
    Some(answer)
}

/// A refresh token is never meant for a resource server: only its own client hears of it.
fn refresh_token(issuer: &Issuer, value: &str, caller: Option<&Client>) -> Option<Value> {
    let (token, grant): (_, Arc<Grant>) = issuer.refresh_token(value)?;
    (*grant.client_id == *caller?.id).then(|| {
        json!({
            "active": true,
            "iss": issuer.config.issuer,
            "sub": &*grant.sub,
            "client_id": &*grant.client_id,
            "scope": grant.scope.to_string(),
            "exp": issuer.refresh_tokens.expires_s(value).unwrap_or(token.family_ends_s),
        })
    })
}
