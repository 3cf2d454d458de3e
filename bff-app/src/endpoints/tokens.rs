//! Hands tokens to the page: the access token alone as a token-mediating backend does (RFC 10017 §6.2), or all of them.

mod narrow;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use crate::Shared;
use crate::problem::Problem;
use crate::settings::{HandedOut, HandedOutScope};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/bff/tokens", get(tokens))
}

/// What the page gets. Script can read it, so whatever runs in the page can take it away.
#[derive(Serialize)]
struct Handed<'a> {
    access_token: &'a str,
    /// In seconds since 1970.
    expires_at: u64,
    /// Where the API is that takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
}

async fn tokens(State(bff): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let mut found = bff.sessions.find(&headers).await?;
    let fresh = bff.fresh_tokens(&found).await?;
    let cookies = [found.set_cookie.take(), fresh.set_cookie.clone()];
    let api = bff.config.public_api.as_ref();
    let own = Handed {
        access_token: &fresh.tokens.access_token,
        expires_at: fresh.tokens.access_expires_s,
        api: api.map(|api| api.origin.as_str()),
        refresh_token: None,
        id_token: None,
    };
    if bff.settings.handed_out == HandedOut::All {
        let (refresh_token, id_token) = (fresh.tokens.refresh_token.as_deref(), Some(fresh.tokens.id_token.as_str()));
        return Ok(answer(&Handed { refresh_token, id_token, ..own }, cookies));
    }
    if bff.settings.handed_out_scope == HandedOutScope::Full {
        return Ok(answer(&own, cookies));
    }
    let narrowed = narrow::narrow(&bff, &found, &fresh, api.ok_or_else(narrow::cannot)?).await?;
    let handed = Handed { access_token: &narrowed.token.access_token, expires_at: narrowed.token.expires_s, ..own };
    let [found, fresh] = cookies;
    Ok(answer(&handed, [found, narrowed.set_cookie.or(fresh)]))
}

/// Answers what no cache may keep (RFC 6749 §5.1), and sets the last of the cookies that there are.
fn answer(handed: &Handed<'_>, cookies: [Option<HeaderValue>; 2]) -> Response {
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let mut response = (no_store, Json(handed)).into_response();
    for set_cookie in cookies.into_iter().flatten() {
        response.headers_mut().insert(header::SET_COOKIE, set_cookie);
    }
    response
}
