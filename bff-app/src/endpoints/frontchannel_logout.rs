//! The provider's page frames this address when its session has ended (OpenID Connect Front-Channel Logout 1.0 §2).
//!
//! In a frame of another site there is no cookie, so the session is found by the provider's `sid`, which is no secret
//! to a page that knows it; and so this ends a session and touches nothing else, no token above all.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};

use crate::headers::Kind;
use crate::observe::{Event, Refusal};
use crate::problem::Problem;
use crate::{Inner, Shared};

const PAGE: &str = "<!doctype html><html lang=\"en\"><title>Signed out</title>";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/frontchannel-logout", get(frontchannel_logout))
}

async fn frontchannel_logout(
    State(bff): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !bff.settings.logout.fcl.is_on() {
        return Err(Problem::fixed(StatusCode::NOT_FOUND, "front-channel logout is switched off"));
    }
    let mut response = Html(PAGE).into_response();
    if bff.settings.logout.fcl_sid.is_on() {
        let Some(sid) = sid(&bff, &query.unwrap_or_default()) else {
            bff.watch.refused(Refusal::Logout);
            return Err(Problem::fixed(StatusCode::BAD_REQUEST, "iss and sid must be there once each, and be ours"));
        };
        bff.sessions.end_by_sid(&sid).await?;
    } else if let Ok(found) = bff.sessions.peek(&headers).await {
        // The weak variant: whoever can make the browser come here signs its user out.
        bff.sessions.end(&found.key).await?;
        response.headers_mut().append(header::SET_COOKIE, bff.sessions.forget());
    }
    bff.watch.count(Event::SignOutByProvider);
    response.extensions_mut().insert(Kind::Frame);
    Ok(response)
}

/// Returns the session that the provider names, if it is ours and names one (§3).
fn sid(bff: &Inner, query: &str) -> Option<String> {
    let only = |wanted: &str| {
        let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted);
        let value = values.next()?.1.into_owned();
        values.next().is_none().then_some(value)
    };
    let is_ours = only("iss")? == bff.config.issuer.as_str();
    only("sid").filter(|sid| is_ours && !sid.is_empty())
}
