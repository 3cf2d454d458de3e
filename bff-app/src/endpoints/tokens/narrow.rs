//! A token for the public API alone, so that what leaks from the page opens nothing else (RFC 10017 §6.2.4).

use http::{HeaderValue, StatusCode};

use crate::Inner;
use crate::config::PublicApi;
use crate::observe::Event;
use crate::oidc::{Exchanged, OidcError};
use crate::problem::Problem;
use crate::refresh::Fresh;
use crate::session::Found;

/// A token for one API, and what the response must set where the session lives in the cookie.
pub(super) struct Narrowed {
    pub(super) token: Exchanged,
    pub(super) set_cookie: Option<HeaderValue>,
}

/// Returns a token that is good for the public API alone.
///
/// It is exchanged for the session's own (RFC 8693) or, at a provider that exchanges none, fetched by a refresh for less
/// than was granted (RFC 6749 §6, RFC 8707 §2.2).
///
/// # Errors
///
/// 501 when the provider cannot narrow; 401 when the session has ended, or its refresh token, which then ends the
/// session; 502 when the provider does not answer, or refuses for another reason; 503 when the store does not answer.
pub(super) async fn narrow(bff: &Inner, found: &Found, fresh: &Fresh, api: &PublicApi) -> Result<Narrowed, Problem> {
    if bff.oidc.exchanges_tokens().await.map_err(|error| bad_gateway(&error))? {
        let own = &fresh.tokens.access_token;
        let token =
            bff.oidc.exchange(own, &api.audience, Some(&api.scope)).await.map_err(|error| bad_gateway(&error))?;
        return Ok(Narrowed { token, set_cookie: None });
    }
    if fresh.tokens.refresh_token.is_none() {
        return Err(cannot());
    }
    let (found, api) = (found.clone(), api.clone());
    // A caller that goes away must not take with it what the provider has rotated (RFC 9700 §4.14.2).
    bff.carried_through(|bff| async move { Box::pin(bff.in_turn(&found.key, refresh(&bff, &found, &api))).await }).await
}

async fn refresh(bff: &Inner, found: &Found, api: &PublicApi) -> Result<Narrowed, Problem> {
    // Whoever had the turn before may have been given another refresh token.
    let session = bff.sessions.current(found).await?.ok_or_else(Problem::signed_out)?;
    let (token, own) = match bff.oidc.refresh_narrowed(&session.tokens, &api.audience, &api.scope).await {
        Ok(refreshed) => refreshed,
        // RFC 6749 §5.2, RFC 8707 §2: it cannot be narrowed so; the refresh token was not used.
        Err(OidcError::Refused { error, .. }) if error == "invalid_scope" || error == "invalid_target" => {
            return Err(cannot());
        }
        Err(OidcError::Refused { error, .. }) if error == "invalid_grant" => {
            bff.watch.count(Event::RefreshRefused);
            return Err(bff.ended_with_its_token(found).await);
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
    Ok(Narrowed { token, set_cookie: renewed?.set_cookie })
}

fn bad_gateway(error: &OidcError) -> Problem {
    error.told(StatusCode::BAD_GATEWAY)
}

/// Refuses: in place of less than the session has, nothing is handed out.
pub(super) const fn cannot() -> Problem {
    Problem::fixed(
        StatusCode::NOT_IMPLEMENTED,
        "no token can be had for the public API alone: name that API and have the provider narrow tokens, or set \
         bff.handed_out_scope = full",
    )
}
