//! The end of a token, at its client's wish (RFC 7009).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hosting::Kind;
use http::StatusCode;

use crate::client_call::ClientCall;
use crate::clients::Client;
use crate::cors;
use crate::events::Happened;
use crate::issuer::{Issuer, Shared};
use crate::misbehaviour::revocation::{Instead, Only};
use crate::misbehaviour::{self, Lie, hostile_answer};
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::tokens::Grant;

const PATH: &str = "/revoke";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(PATH, post(revoke).merge(cors::options("POST, OPTIONS")))
}

async fn revoke(State(issuer): State<Shared>, call: ClientCall) -> Response {
    match call.authenticate(&issuer, PATH) {
        Ok((presented, client)) => {
            call.answer(&issuer, Some(&client), answer(&issuer, &client, presented.parameters).await)
        }
        Err(refused) => call.answer(&issuer, None, refused),
    }
}

async fn answer(issuer: &Issuer, client: &Client, form: &Parameters) -> Result<Response, OAuthError> {
    let value = form.require("token")?;
    let lie = issuer.lie(Some(&client.id), |lie| match lie {
        Lie::Revocation(lie) => Some(lie),
        _ => None,
    });
    let mut response = StatusCode::OK.into_response();
    match lie.map(misbehaviour::revocation::tell) {
        // RFC 7009 §2.2: a token that is already worth nothing is what the client wanted.
        None => end(issuer, client, value)?,
        Some(Instead::Answer(instead)) => response = instead,
        Some(Instead::Never) => response = hostile_answer::never().await,
        Some(Instead::RevokeOnly(only)) => end_one_kind(issuer, client, value, only)?,
        Some(Instead::RevokeAndAnswer(instead)) => {
            end(issuer, client, value)?;
            response = instead;
        }
    }
    Ok(response)
}

/// What is revoked: a refresh token with its family, or one access token.
enum Found {
    Refresh(Arc<Grant>),
    Access(Arc<Grant>),
}

/// RFC 7009 §2.1: a wrong `token_type_hint` changes nothing, so it is not read.
fn find(issuer: &Issuer, client: &Client, value: &str) -> Result<Option<Found>, OAuthError> {
    let refresh = issuer.refresh_tokens.get(value).and_then(|token| issuer.grants.get(&token.grant_id));
    let found = match refresh {
        Some(grant) => Some(Found::Refresh(grant)),
        None => issuer.access_tokens.get(value).and_then(|token| issuer.grants.get(&token.grant_id)).map(Found::Access),
    };
    if let Some(Found::Refresh(grant) | Found::Access(grant)) = &found {
        refuse_others(client, &grant.client_id)?;
    }
    Ok(found)
}

fn end(issuer: &Issuer, client: &Client, value: &str) -> Result<(), OAuthError> {
    match find(issuer, client, value)? {
        Some(Found::Refresh(grant)) => revoke_family(issuer, grant.id),
        Some(Found::Access(grant)) => {
            issuer.access_tokens.remove(value);
            issuer.note_about(Happened::Revoked, Kind::AccessToken, value, &grant);
        }
        None => {}
    }
    Ok(())
}

/// Ends tokens of one kind alone, as a lie has it.
fn end_one_kind(issuer: &Issuer, client: &Client, value: &str, only: Only) -> Result<(), OAuthError> {
    match (find(issuer, client, value)?, only) {
        (Some(Found::Access(_)), Only::AccessTokens) => end(issuer, client, value)?,
        (Some(Found::Refresh(grant)), Only::RefreshTokens) => end_refreshing(issuer, grant.id),
        _ => {}
    }
    Ok(())
}

/// Source: RFC 7009 §2.1, the token must have been issued to the client that revokes it.
fn refuse_others(client: &Client, owner: &str) -> Result<(), OAuthError> {
    if client.id == owner {
        return Ok(());
    }
    Err(OAuthError::new(Code::UnauthorizedClient, "the token was issued to another client"))
}

fn revoke_family(issuer: &Issuer, grant_id: u64) {
    if issuer.settings.cascade.is_on() {
        issuer.end_grant(grant_id, "its refresh token was revoked");
        return;
    }
    end_refreshing(issuer, grant_id);
}

fn end_refreshing(issuer: &Issuer, grant_id: u64) {
    if let Some(grant) = issuer.grants.get(&grant_id) {
        issuer.note_grant(Happened::Revoked, &grant, "its refresh tokens alone");
    }
    issuer.grants.change(&grant_id, |_, grant| *grant = Arc::new(Grant { refresh_ended: true, ..Grant::clone(grant) }));
}
