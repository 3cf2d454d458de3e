//! Sign-out at an application's wish (OpenID Connect RP-Initiated Logout 1.0).

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use hosting::Kind;
use http::{HeaderMap, header};
use serde_json::Value;
use url::Url;

use crate::authorization_response::see_other;
use crate::issuer::{Issuer, Shared};
use crate::keys::Typ;
use crate::logout::{self, Confirmation, Ended};
use crate::pages;
use crate::parameters::{Parameters, PostedForm};
use crate::sessions::Session;

/// How long the question can be answered, in seconds.
const QUESTION_LIFE_S: u64 = 600;

pub(super) fn routes() -> Router<Shared> {
    // RP-Initiated Logout 1.0 §2 asks for both methods.
    Router::new().route("/end_session", get(from_query).post(from_form))
}

async fn from_query(State(issuer): State<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    end_session(&issuer, &headers, &Parameters::read(&query.unwrap_or_default())).await
}

async fn from_form(State(issuer): State<Shared>, headers: HeaderMap, PostedForm(form): PostedForm) -> Response {
    end_session(&issuer, &headers, &form).await
}

async fn end_session(issuer: &Shared, headers: &HeaderMap, parameters: &Parameters) -> Response {
    let hint = parameters.get("id_token_hint").and_then(|hint| issuer.keys.open(Typ::Id, hint));
    let return_to = match return_to(issuer, parameters, hint.as_ref()) {
        Ok(return_to) => return_to,
        Err(text) => return pages::refused(&text),
    };
    match decide(issuer, issuer.session_of(headers), hint.as_ref()) {
        Decision::End(sid) => {
            let ended = logout::end_session(issuer, &sid).await;
            signed_out(issuer, &ended, return_to.as_deref())
        }
        Decision::Nothing => signed_out(issuer, &Ended::default(), return_to.as_deref()),
        Decision::Ask(session) => {
            let ticket = issuer.mint(Kind::OneTime);
            let username = issuer.username_of(&session);
            let client_id = asking(parameters, hint.as_ref()).map(Into::into);
            let confirmation = Confirmation { sid: session.sid, client_id, return_to };
            issuer.confirmations.insert(&ticket, issuer.now_s().saturating_add(QUESTION_LIFE_S), confirmation);
            pages::confirm(issuer, &username, &ticket)
        }
    }
}

/// What a sign-out does.
enum Decision {
    End(Arc<str>),
    Ask(Session),
    /// Nobody is signed in.
    Nothing,
}

/// A hint vouches for the wish only where it names the very session of this browser; a link on another site cannot have it.
///
/// Source: RP-Initiated Logout 1.0 §2 and §6. An expired hint is taken (§2); a browser that posts from another site
/// brings no cookie, and the hint's `sid` then names the session.
fn decide(issuer: &Issuer, session: Option<Session>, hint: Option<&Value>) -> Decision {
    let hinted_sid = hint.and_then(|claims| claims["sid"].as_str());
    match (session, hinted_sid) {
        (Some(session), Some(sid)) if *session.sid == *sid => Decision::End(session.sid),
        (Some(session), _) if issuer.settings.confirm.is_on() => Decision::Ask(session),
        (Some(session), _) => Decision::End(session.sid),
        (None, Some(sid)) => Decision::End(sid.into()),
        (None, None) => Decision::Nothing,
    }
}

/// Returns the client that asks: the one that is named, or the one to which the hint was issued.
fn asking<'a>(parameters: &'a Parameters, hint: Option<&'a Value>) -> Option<&'a str> {
    parameters.get("client_id").or_else(|| hint?["aud"].as_str())
}

/// Returns where the browser goes afterwards, which must be an address that the client has registered.
///
/// Source: RP-Initiated Logout 1.0 §2 and §3.
fn return_to(issuer: &Issuer, parameters: &Parameters, hint: Option<&Value>) -> Result<Option<String>, String> {
    parameters.refuse_malformed().map_err(|error| error.description)?;
    let hinted = hint.and_then(|claims| claims["aud"].as_str());
    if let (Some(hinted), Some(named)) = (hinted, parameters.get("client_id"))
        && hinted != named
    {
        return Err(format!("The id_token_hint was not issued to the client “{named}”."));
    }
    let Some(uri) = parameters.get("post_logout_redirect_uri") else { return Ok(None) };
    let client = asking(parameters, hint).and_then(|id| issuer.registry.client(id));
    let registered = client.is_some_and(|client| client.post_logout_redirect_uris.iter().any(|known| known == uri));
    let url = Url::parse(uri).ok().filter(|_| registered);
    let mut url = url.ok_or_else(|| format!("“{uri}” is not an address of the client."))?;
    if let Some(state) = parameters.get("state") {
        url.query_pairs_mut().append_pair("state", state);
    }
    Ok(Some(url.into()))
}

/// Sends the browser on, by way of the applications' frames where there are any, and takes the cookies away.
pub(super) fn signed_out(issuer: &Issuer, ended: &Ended, return_to: Option<&str>) -> Response {
    let mut response = match (ended.frames.as_slice(), return_to) {
        ([], None) => pages::signed_out(),
        ([], Some(return_to)) => see_other(return_to),
        (frames, return_to) => pages::front_channel(frames, return_to),
    };
    for cookie in issuer.forget_cookies() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
