//! Sign-out: ends the session at once, revokes, and answers a one-time local address that leads to the provider.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use hosting::{Kind, random_token};
use http::{HeaderMap, header};
use serde_json::json;
use url::Url;

use crate::problem::Problem;
use crate::session::Session;
use crate::{Inner, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/logout", post(logout))
}

async fn logout(State(bff): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = bff.sessions.find(&headers)?;
    // First the session, then the rest: whatever fails later, the user is signed out here.
    bff.sessions.end(&found.key);
    if bff.settings.logout.revoke.is_on() {
        bff.oidc.revoke(&found.session.tokens).await;
    }
    let leads_to = leads_to(&bff, &found.session).await.unwrap_or_else(|| "/".to_owned());
    if !bff.settings.logout.one_time_url.is_on() {
        let body = Json(json!({ "url": leads_to }));
        return Ok(([(header::SET_COOKIE, bff.sessions.forget())], body).into_response());
    }
    let ticket = random_token();
    bff.handed.credentials.mint(Kind::OneTime, &ticket);
    bff.tickets.issue(&ticket, leads_to, bff.handed.clock.now_s());
    let body = Json(json!({ "url": format!("/bff/signed-out?ticket={ticket}") }));
    Ok(([(header::SET_COOKIE, bff.sessions.forget())], body).into_response())
}

/// The provider's end of the session (OpenID Connect RP-Initiated Logout 1.0 §2).
async fn leads_to(bff: &Inner, session: &Session) -> Option<String> {
    if !bff.settings.logout.end_session.is_on() {
        return None;
    }
    let metadata = bff.oidc.metadata().await.ok()?;
    let mut url = Url::parse(metadata.end_session_endpoint.as_ref()?).ok()?;
    url.query_pairs_mut()
        .append_pair("id_token_hint", &session.tokens.id_token)
        .append_pair("client_id", &bff.config.client_id)
        .append_pair("post_logout_redirect_uri", &format!("{}/", bff.config.origin));
    Some(url.into())
}
