//! Sign-out: ends the session at once, revokes, and answers a one-time local address that leads to the provider.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Json, Router};
use hosting::{Kind, random_token};
use http::{HeaderMap, header};
use serde_json::json;
use url::Url;

use super::signed_out::clear_site_data;
use crate::observe::Event;
use crate::problem::Problem;
use crate::remembered::Drawer;
use crate::session::{Found, Session};
use crate::{Inner, Shared, csrf};

/// How long a ticket leads to the provider, in seconds.
const TICKET_LIFE_S: u64 = 60;
/// How long a sign-out waits to learn where the provider ends its session.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the provider gives back, so that the page can say what has happened (RP-Initiated Logout 1.0 §2).
const SIGNED_OUT: &str = "signed-out";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/logout", post(logout))
}

/// The weak variant: a form or a link of any page will do.
pub(super) fn unprotected() -> Router<Shared> {
    Router::new().route("/bff/logout", post(logout).get(by_link))
}

async fn logout(State(bff): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let signed_out = sign_out(&bff, &headers).await?;
    let mut body = json!({ "url": signed_out.leads_to });
    if signed_out.provider_session == ProviderSession::LivesOn {
        body["provider_session"] = json!("lives on");
    }
    Ok(forgetting(&bff, Json(body).into_response()))
}

async fn by_link(State(bff): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let signed_out = sign_out(&bff, &headers).await?;
    Ok(forgetting(&bff, Redirect::to(&signed_out.leads_to).into_response()))
}

/// What becomes of the session at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProviderSession {
    /// It ends where the browser is led.
    Ends,
    /// Nothing ends it: whoever sits at the browser next is signed in again by one click.
    LivesOn,
}

struct SignedOut {
    leads_to: String,
    provider_session: ProviderSession,
}

async fn sign_out(bff: &Inner, headers: &HeaderMap) -> Result<SignedOut, Problem> {
    let found = bff.sessions.peek(headers).await?;
    let ends = found.clone();
    bff.carried_through(|bff| async move { end(&bff, &ends).await }).await?;
    let address = tokio::time::timeout(PATIENCE, end_session(bff, &found.session)).await.ok().flatten();
    let provider_session = if address.is_some() { ProviderSession::Ends } else { ProviderSession::LivesOn };
    let leads_to = address.unwrap_or_else(|| format!("/?state={SIGNED_OUT}"));
    if !bff.settings.logout.one_time_url.is_on() {
        return Ok(SignedOut { leads_to, provider_session });
    }
    let ticket = random_token();
    bff.handed.credentials.mint(Kind::OneTime, &ticket);
    bff.remembered.put(Drawer::Ticket, &ticket, &leads_to, TICKET_LIFE_S).await?;
    Ok(SignedOut { leads_to: format!("/bff/signed-out?ticket={ticket}"), provider_session })
}

/// Ends the session, all of the user's where the settings say so, and what their tokens open.
///
/// First the session, then the rest: whatever fails later, the user is signed out here.
async fn end(bff: &Inner, found: &Found) -> Result<(), Problem> {
    let last = bff.sessions.end(&found.key).await?;
    bff.watch.count(Event::SignOut);
    let mut ended = vec![last.unwrap_or_else(|| Arc::clone(&found.session))];
    let mut outcome = Ok(());
    if bff.settings.logout.everywhere.is_on() {
        match bff.sessions.end_all_of(&found.session.sub).await {
            Ok(others) => ended.extend(others),
            Err(problem) => outcome = Err(problem),
        }
    }
    bff.revoke_tokens_of(ended).await;
    outcome
}

/// Returns where the provider ends its session (OpenID Connect RP-Initiated Logout 1.0 §2), if it does.
async fn end_session(bff: &Inner, session: &Session) -> Option<String> {
    if !bff.settings.logout.end_session.is_on() {
        return None;
    }
    let metadata = bff.oidc.metadata().await.ok()?;
    let mut url = Url::parse(metadata.end_session_endpoint.as_ref()?).ok()?;
    url.query_pairs_mut()
        .append_pair("id_token_hint", &session.tokens.id_token)
        .append_pair("client_id", &bff.config.client.id)
        .append_pair("post_logout_redirect_uri", &format!("{}/", bff.config.origin))
        .append_pair("state", SIGNED_OUT);
    Some(url.into())
}

/// Makes the browser forget what it holds.
fn forgetting(bff: &Inner, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, bff.sessions.forget());
    if let Some(set_cookie) = csrf::forget(bff) {
        headers.append(header::SET_COOKIE, set_cookie);
    }
    // Where a ticket leads on, its address says so.
    if !bff.settings.logout.one_time_url.is_on() {
        clear_site_data(&bff.settings.logout, headers);
    }
    response
}
