//! The provider says that a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8).

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::logout_token::{self, Ended, Order};
use crate::observe::{Event, Refusal};
use crate::problem::Problem;
use crate::remembered::Drawer;
use crate::{Inner, Shared};

/// How long a request may be, in bytes.
const LONGEST: usize = 64 * 1024;
/// What the weak variant takes: whatever a provider signs.
const ANYTHING: [Option<&str>; 7] = [
    None,
    Some("jwt"),
    Some("logout+jwt"),
    Some("application/logout+jwt"),
    Some("at+jwt"),
    Some("application/at+jwt"),
    Some("secevent+jwt"),
];

pub(super) fn routes() -> Router<Shared> {
    let method_router = post(backchannel_logout).layer(DefaultBodyLimit::max(LONGEST));
    Router::new().route("/bff/backchannel-logout", method_router)
}

async fn backchannel_logout(
    State(bff): State<Shared>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if !bff.settings.logout.bcl.is_on() {
        return refused(StatusCode::NOT_FOUND, "back-channel logout is switched off");
    }
    match end(&bff, &headers, body).await {
        Ok(()) => {
            bff.watch.count(Event::SignOutByProvider);
            StatusCode::OK.into_response()
        }
        Err(problem) => {
            bff.watch.refused(Refusal::Logout);
            refused(problem.status, &problem.detail)
        }
    }
}

async fn end(bff: &Inner, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<(), Problem> {
    let body = body.map_err(|rejection| bad(format!("the request cannot be read: {}", rejection.body_text())))?;
    let token = read(headers, &body)?;
    let is_checked = bff.settings.logout.bcl_checks.is_on();
    let types: &[Option<&str>] = if is_checked { &logout_token::TYPES } else { &ANYTHING };
    // §2.8 answers a logout that failed with 400 too; of this one a provider may hope that it works later.
    let checked = bff.oidc.check(&token, types).await;
    let checked = checked.map_err(|error| error.told(StatusCode::SERVICE_UNAVAILABLE))?;
    let claims = checked.map_err(|rejected| bad(rejected.to_string()))?;
    let order = if is_checked {
        logout_token::check(&claims, bff.config.issuer.as_str(), &bff.config.client.id, bff.handed.clock.now_s())
    } else {
        logout_token::believe(&claims)
    };
    carry_out(bff, &order.map_err(|rejected| bad(rejected.to_string()))?).await
}

/// Reads the one token of the form (§2.5).
fn read(headers: &HeaderMap, body: &[u8]) -> Result<String, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if !essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        return Err(bad("the request is not a form (application/x-www-form-urlencoded)".to_owned()));
    }
    let mut tokens = url::form_urlencoded::parse(body).filter(|(name, _)| name == "logout_token");
    let token = tokens.next().ok_or_else(|| bad("logout_token is missing".to_owned()))?.1.into_owned();
    if tokens.next().is_some() {
        return Err(bad("logout_token comes twice".to_owned()));
    }
    Ok(token)
}

/// Ends what the order says (§2.7).
async fn carry_out(bff: &Inner, order: &Order) -> Result<(), Problem> {
    let settings = &bff.settings.logout;
    let jti = order.jti.as_deref().filter(|_| settings.bcl_replay.is_on());
    if let Some(jti) = jti
        && bff.remembered.get::<IgnoredAny>(Drawer::LogoutToken, jti).await?.is_some()
    {
        return Err(bad("the logout token was seen before".to_owned()));
    }
    match &order.ended {
        Ended::Session { sid, sub } => {
            // Before the end, so that a sign-in that completes in between is found by one or by the other.
            if settings.bcl_early.is_on() {
                bff.remembered.put(Drawer::EndedSid, sid, &true, bff.settings.session.absolute_s).await?;
            }
            // The browser may have signed out a moment before, so the session can be gone already.
            match sub {
                Some(sub) => bff.sessions.end_by_sid_and_sub(sid, sub).await?,
                None => bff.sessions.end_by_sid(sid).await?,
            };
        }
        Ended::User(sub) => _ = bff.sessions.end_by_sub(sub).await?,
    }
    // Only now: a provider that was told of a failure comes again with the same token.
    if let Some(jti) = jti {
        bff.remembered.put_new(Drawer::LogoutToken, jti, order.good_for_s).await?;
    }
    Ok(())
}

fn bad(why: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, why)
}

/// Answers as §2.8 says, with the parameters of RFC 6749 §4.1.2.1.
fn refused(status: StatusCode, why: &str) -> Response {
    let error = if status.is_server_error() { "temporarily_unavailable" } else { "invalid_request" };
    (status, Json(json!({ "error": error, "error_description": why }))).into_response()
}
