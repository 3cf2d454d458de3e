//! Who the user is, for whoever holds an access token (OpenID Connect Core 1.0 §5.3, RFC 6750).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, header};

use crate::issuer::Shared;
use crate::oauth_error::{Code, OAuthError};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/userinfo", get(userinfo).post(userinfo))
}

async fn userinfo(State(issuer): State<Shared>, headers: HeaderMap) -> Response {
    let Some(token) = bearer(&headers) else {
        // RFC 6750 §3.1: no error code for a request that did not try.
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    };
    let Some((token, _)) = issuer.access_token(token) else {
        return OAuthError::new(Code::InvalidToken, "the access token is unknown, has expired or was revoked")
            .into_response();
    };
    if !token.scope.contains("openid") {
        return OAuthError::new(Code::InsufficientScope, "the scope openid is needed").into_response();
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(issuer.claims_of(&token.sub, &token.scope))).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
