//! The provider says that a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{StatusCode, header};
use serde_json::json;

use crate::logout_token::{self, Ended};
use crate::{Inner, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/backchannel-logout", post(backchannel_logout))
}

async fn backchannel_logout(State(bff): State<Shared>, body: String) -> Response {
    if !bff.settings.logout.bcl.is_on() {
        return refused(StatusCode::NOT_IMPLEMENTED, "back-channel logout is switched off");
    }
    match end(&bff, &body).await {
        Ok(()) => (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response(),
        Err((status, why)) => refused(status, &why),
    }
}

async fn end(bff: &Inner, body: &str) -> Result<(), (StatusCode, String)> {
    let bad = |why: String| (StatusCode::BAD_REQUEST, why);
    let mut tokens = url::form_urlencoded::parse(body.as_bytes()).filter(|(name, _)| name == "logout_token");
    let token =
        tokens.next().map(|(_, value)| value.into_owned()).ok_or_else(|| bad("logout_token is missing".to_owned()))?;
    if tokens.next().is_some() {
        return Err(bad("logout_token comes twice".to_owned()));
    }
    let unavailable = |error: crate::oidc::OidcError| (StatusCode::SERVICE_UNAVAILABLE, error.to_string());
    // An ID token is signed by the same key; only the type keeps it from being taken (§2.6, RFC 8725 §3.11).
    let checked = bff.oidc.check(&token, &[Some("logout+jwt")]).await.map_err(unavailable)?;
    let claims = checked.map_err(|rejected| bad(rejected.to_string()))?;
    let issuer = bff.config.issuer.as_str();
    let ended = logout_token::check(&claims, issuer, &bff.config.client_id, &bff.handed.clock, &bff.seen);
    match ended.map_err(|rejected| bad(rejected.to_string()))? {
        // The browser may have signed out a moment before, so the session can be gone already.
        Ended::Session(sid) => bff.sessions.end_by_sid(&sid),
        Ended::User(sub) => bff.sessions.end_by_sub(&sub),
    };
    Ok(())
}

fn refused(status: StatusCode, why: &str) -> Response {
    let body = Json(json!({ "error": "invalid_request", "error_description": why }));
    (status, [(header::CACHE_CONTROL, "no-store")], body).into_response()
}
