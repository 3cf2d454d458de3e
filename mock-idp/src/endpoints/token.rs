//! The token endpoint (RFC 6749 §3.2).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, header};

use crate::issuer::Shared;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Form;
use crate::{client_auth, grants};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/token", post(token))
}

async fn token(State(issuer): State<Shared>, headers: HeaderMap, Form(form): Form) -> Result<Response, OAuthError> {
    let client = client_auth::authenticate(&issuer.config, &headers, &form)?;
    let grant_type = form.require("grant_type")?;
    let (_, answer) = grants::ALL.iter().find(|(name, _)| *name == grant_type).ok_or_else(|| {
        OAuthError::new(Code::UnsupportedGrantType, format!("the grant type {grant_type} is not supported"))
    })?;
    let tokens = answer(&issuer, client, &form)?;
    // RFC 6749 §5.1.
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(tokens)).into_response())
}
