//! Who is signed in, and for how long.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::problem::Problem;
use crate::session::Found;
use crate::{Inner, Shared, csrf};

/// What a page says that only looks: it keeps no session alive.
const NO_USE: &str = "slide=false";
/// What a page says that takes "nobody" for an answer, so that a browser logs no failed request.
const ANYBODY: &str = "anonymous=ok";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/user", get(user))
}

/// What the page is told of its user.
#[derive(Serialize)]
struct User<'a> {
    signed_in: bool,
    sub: &'a str,
    name: &'a str,
    full_name: &'a str,
    /// When the session ends if nobody uses it, and when it ends in any case, in seconds since 1970.
    idles_out_s: u64,
    ends_s: u64,
    /// What unsafe requests must repeat, where it is asked for (RFC 10017 §6.1.3.3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
}

async fn user(State(bff): State<Shared>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    let says = |wish: &str| query.as_deref().is_some_and(|query| query.split('&').any(|pair| pair == wish));
    let found = if says(NO_USE) { bff.sessions.peek(&headers).await } else { bff.sessions.find(&headers).await };
    let found = match found {
        Err(problem) if problem.status == StatusCode::UNAUTHORIZED && says(ANYBODY) => {
            return Ok(Json(json!({ "signed_in": false })).into_response());
        }
        found => found?,
    };
    let mut response = Json(told(&bff, &found)).into_response();
    if let Some(set_cookie) = found.set_cookie {
        response.headers_mut().append(header::SET_COOKIE, set_cookie);
    }
    Ok(response)
}

fn told<'a>(bff: &Inner, found: &'a Found) -> User<'a> {
    let (session, lives) = (&found.session, bff.sessions.lives());
    let ends_s = lives.ends_s(session);
    User {
        signed_in: true,
        sub: &session.sub,
        name: &session.username,
        full_name: &session.name,
        idles_out_s: lives.idles_out_s(found.used_s).min(ends_s),
        ends_s,
        csrf_token: csrf::token_for(bff, found),
    }
}
