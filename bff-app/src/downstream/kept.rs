//! Tokens for one API, kept until shortly before they end.

use http::StatusCode;

use crate::Inner;
use crate::downstream::Credential;
use crate::oidc::{Exchanged, OidcError};
use crate::problem::Problem;
use crate::remembered::Drawer;

/// How long before its end a token counts as ended, in seconds.
const EARLY_S: u64 = 10;

/// Returns the token that is kept under a key, unless it is the refused one, or fetches another and keeps that.
///
/// # Errors
///
/// 502 when the provider does not answer or refuses, 503 when the store does not.
pub(super) async fn token(
    bff: &Inner,
    key: &str,
    refused: Option<&str>,
    fetch: impl Future<Output = Result<Exchanged, OidcError>>,
) -> Result<Credential, Problem> {
    let ends_s = bff.handed.clock.now_s() + EARLY_S;
    if let Some(kept) = bff.remembered.get::<Exchanged>(Drawer::ApiToken, key).await?
        && kept.expires_s > ends_s
        && refused != Some(kept.access_token.as_str())
    {
        return Ok(credential(kept));
    }
    let fetched = fetch.await.map_err(|error| error.told(StatusCode::BAD_GATEWAY))?;
    let life_s = fetched.expires_s.saturating_sub(ends_s);
    if life_s > 0 {
        bff.remembered.put(Drawer::ApiToken, key, &fetched, life_s).await?;
    }
    Ok(credential(fetched))
}

fn credential(token: Exchanged) -> Credential {
    let is_bound = token.token_type.eq_ignore_ascii_case("dpop");
    Credential::new(token.access_token, is_bound)
}
