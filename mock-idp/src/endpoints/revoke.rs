//! The end of a token, at its client's wish (RFC 7009).

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};

use crate::client_auth;
use crate::clients::Client;
use crate::issuer::{Issuer, Shared};
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Form;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/revoke", post(revoke))
}

async fn revoke(State(issuer): State<Shared>, headers: HeaderMap, Form(form): Form) -> Result<StatusCode, OAuthError> {
    let client = client_auth::authenticate(&issuer.config, &headers, &form)?;
    let value = form.require("token")?;
    // RFC 7009 §2.1: a wrong `token_type_hint` changes nothing, so it is not read.
    if let Some(token) = issuer.refresh_tokens.get(value) {
        refuse_others(client, &token.client_id)?;
        revoke_family(&issuer, &token.grant_id);
    } else if let Some(token) = issuer.access_tokens.get(value) {
        refuse_others(client, &token.client_id)?;
        issuer.access_tokens.remove(value);
    }
    // RFC 7009 §2.2: a token that is already worth nothing is what the client wanted.
    Ok(StatusCode::OK)
}

/// Source: RFC 7009 §2.1, the token must have been issued to the client that revokes it.
fn refuse_others(client: &Client, owner: &str) -> Result<(), OAuthError> {
    if client.id == owner {
        return Ok(());
    }
    Err(OAuthError::new(Code::UnauthorizedClient, "the token was issued to another client"))
}

fn revoke_family(issuer: &Issuer, grant_id: &str) {
    if issuer.settings.cascade.is_on() {
        issuer.grants.remove(grant_id);
    } else {
        issuer.grants.change(grant_id, |_, grant| grant.refresh_ended = true);
    }
}
