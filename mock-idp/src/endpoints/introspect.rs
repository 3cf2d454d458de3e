//! What a token is worth, for resource servers to ask (RFC 7662).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, header};
use serde_json::{Value, json};

use crate::client_auth;
use crate::clients::{Client, ClientKind};
use crate::issuer::{Issuer, Shared};
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Form;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/introspect", post(introspect))
}

async fn introspect(
    State(issuer): State<Shared>,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, OAuthError> {
    // RFC 7662 §2.1 and §4: whoever may ask without authentication may try tokens until one is active.
    let caller = if issuer.settings.introspect_auth.is_on() {
        Caller::of(client_auth::authenticate(&issuer.config, &headers, &form)?)?
    } else {
        Caller::ResourceServer
    };
    let token = form.require("token")?;
    // RFC 7662 §2.1: a wrong `token_type_hint` changes nothing, so it is not read.
    let answer = access_token(&issuer, token, &caller)
        .or_else(|| refresh_token(&issuer, token, &caller))
        .unwrap_or_else(|| json!({"active": false}));
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Who asks, and so about which tokens.
enum Caller {
    /// About every access token; a refresh token is never meant for it.
    ResourceServer,
    /// About its own tokens.
    Client(String),
}

impl Caller {
    fn of(client: &Client) -> Result<Self, OAuthError> {
        match client.kind {
            ClientKind::ResourceServer => Ok(Self::ResourceServer),
            ClientKind::Confidential => Ok(Self::Client(client.id.clone())),
            // A client identifier is no authentication.
            ClientKind::Public => Err(OAuthError::new(Code::InvalidClient, "a public client cannot be authenticated")),
        }
    }
}

fn access_token(issuer: &Issuer, value: &str, caller: &Caller) -> Option<Value> {
    let (token, grant) = issuer.access_token(value)?;
    if matches!(caller, Caller::Client(id) if *id != token.client_id) {
        return None;
    }
    let mut answer = json!({
        "active": true,
        "iss": issuer.config.issuer,
        "sub": token.sub,
        "aud": token.audience,
        "client_id": token.client_id,
        "scope": token.scope.to_string(),
        "token_type": "Bearer",
        "iat": token.issued_s,
        "exp": token.expires_s,
    });
    if let Some(user) = issuer.config.user(&grant.sub) {
        answer["username"] = json!(user.username);
    }
    Some(answer)
}

fn refresh_token(issuer: &Issuer, value: &str, caller: &Caller) -> Option<Value> {
    let Caller::Client(id) = caller else { return None };
    let (token, grant) = issuer.refresh_token(value)?;
    (token.client_id == *id).then(|| {
        json!({
            "active": true,
            "iss": issuer.config.issuer,
            "sub": grant.sub,
            "client_id": token.client_id,
            "scope": grant.scope.to_string(),
            "exp": token.family_ends_s,
        })
    })
}
