//! A token for the public API alone, so that what leaks from the page opens nothing else (RFC 10017 §6.2.4).

use std::sync::Arc;

use http::{HeaderValue, StatusCode};

use crate::config::PublicApi;
use crate::oidc::{Exchanged, OidcError};
use crate::problem::Problem;
use crate::refresh::Fresh;
use crate::session::Found;
use crate::{Inner, Shared};

/// A token for one API, and what the response must set where the session lives in the cookie.
pub(super) struct Narrowed {
    pub(super) token: Exchanged,
    pub(super) set_cookie: Option<HeaderValue>,
}

/// Returns a token that is good for the public API alone, or nothing where the provider gives none.
///
/// It is exchanged for the session's own (RFC 8693) or, at a provider that exchanges none, fetched by a refresh for less
/// than was granted (RFC 6749 §6, RFC 8707 §2.2).
///
/// # Errors
///
/// 502 when the provider does not answer, or refuses for another reason than that it cannot; 503 when the store does not.
pub(super) async fn narrow(
    bff: &Shared,
    found: &Found,
    fresh: &Fresh,
    api: &PublicApi,
) -> Result<Option<Narrowed>, Problem> {
    if bff.oidc.exchanges_tokens().await.map_err(|error| bad_gateway(&error))? {
        let own = &fresh.tokens.access_token;
        let token =
            bff.oidc.exchange(own, &api.audience, Some(&api.scope)).await.map_err(|error| bad_gateway(&error))?;
        return Ok(Some(Narrowed { token, set_cookie: None }));
    }
    if fresh.tokens.refresh_token.is_none() {
        return Ok(None);
    }
    let (bff, found, api) = (Arc::clone(bff), found.clone(), api.clone());
    // In a task of its own: a caller that goes away must not take with it what the provider has rotated (RFC 9700 §4.14.2).
    let refreshed = tokio::spawn(async move { Box::pin(bff.in_turn(&found.key, refresh(&bff, &found, &api))).await });
    let stopped = || Problem::fixed(StatusCode::SERVICE_UNAVAILABLE, "the application is stopping");
    refreshed.await.unwrap_or_else(|_| Err(stopped()))
}

async fn refresh(bff: &Inner, found: &Found, api: &PublicApi) -> Result<Option<Narrowed>, Problem> {
    // Whoever had the turn before may have been given another refresh token.
    let session = bff.sessions.current(found).await?.ok_or_else(Problem::signed_out)?;
    let (token, own) = match bff.oidc.refresh_narrowed(&session.tokens, &api.audience, &api.scope).await {
        Ok(refreshed) => refreshed,
        // RFC 6749 §5.2, RFC 8707 §2: it cannot be narrowed so; the refresh token was not used.
        Err(OidcError::Refused { error, .. }) if error == "invalid_scope" || error == "invalid_target" => {
            return Ok(None);
        }
        Err(error) => return Err(bad_gateway(&error)),
    };
    let renewed = bff.sessions.renew(&found.key, &session, own.clone()).await;
    // Whoever signed out meanwhile had the old tokens revoked, and never heard of these.
    if renewed.as_ref().is_err_and(|problem| problem.status == StatusCode::UNAUTHORIZED)
        && bff.settings.logout.revoke.is_on()
    {
        bff.oidc.revoke(&own).await;
    }
    Ok(Some(Narrowed { token, set_cookie: renewed?.set_cookie }))
}

fn bad_gateway(error: &OidcError) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, error.to_string())
}
