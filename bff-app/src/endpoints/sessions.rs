//! The user's own sessions: where they are, and the end of any of them (OWASP ASVS 5.0.0 7.5.2).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::problem::Problem;
use crate::session::{Found, Listed};
use crate::{Inner, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/sessions", get(list)).route("/bff/sessions/{id}", delete(end))
}

/// A session as the page shows it.
#[derive(Serialize)]
struct Entry {
    id: String,
    began_s: u64,
    used_s: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

async fn list(State(bff): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = bff.sessions.find(&headers).await?;
    let here = crate::session::Sessions::listed_id(&found);
    let mut listed = bff.sessions.of_user(&found.session.sub).await?;
    // Where sessions live in cookies, this one is all that the server knows of.
    if listed.iter().all(|listed| listed.id != here) {
        listed.push(own(&found, &here));
    }
    let entries: Vec<Entry> = listed
        .into_iter()
        .map(|listed| Entry {
            current: listed.id == here,
            id: listed.id,
            began_s: listed.began_s,
            used_s: listed.used_s,
            user_agent: listed.user_agent,
        })
        .collect();
    let mut response = Json(json!({ "sessions": entries })).into_response();
    if let Some(set_cookie) = found.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, set_cookie);
    }
    Ok(response)
}

fn own(found: &Found, id: &str) -> Listed {
    Listed {
        id: id.to_owned(),
        began_s: found.session.began_s,
        used_s: found.used_s,
        user_agent: found.session.user_agent.clone(),
    }
}

async fn end(State(bff): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = bff.sessions.peek(&headers).await?;
    if id == crate::session::Sessions::listed_id(&found) {
        bff.carried_through(|bff| async move { end_here(&bff, &found).await }).await?;
        return Ok(gone(&bff));
    }
    bff.carried_through(|bff| async move { end_afar(&bff, &found.session.sub, &id).await }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn end_here(bff: &Inner, found: &Found) -> Result<(), Problem> {
    let last = bff.sessions.end(&found.key).await?;
    bff.revoke_tokens_of(vec![last.unwrap_or_else(|| Arc::clone(&found.session))]).await;
    Ok(())
}

/// A session that is ended from afar is one whose device may be lost: what was handed out to its page ends too.
async fn end_afar(bff: &Inner, sub: &str, id: &str) -> Result<(), Problem> {
    let nobody = Problem::fixed(StatusCode::NOT_FOUND, "no session of yours has this name: it may have ended already");
    let ended = bff.sessions.end_listed(sub, id).await?.ok_or(nobody)?;
    bff.revoke_tokens_of(vec![ended]).await;
    Ok(())
}

/// Answers the end of the session that asks.
fn gone(bff: &Inner) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().append(header::SET_COOKIE, bff.sessions.forget());
    response
}
