//! A token of its own for each API, exchanged for the user's: what one API learns works at no other (RFC 8693).

use super::{Behind, kept};
use crate::Inner;
use crate::downstream::Credential;
use crate::problem::Problem;
use crate::session::Found;
use crate::settings::CacheKey;

pub(super) async fn credential(
    bff: &Inner,
    behind: &Behind,
    found: &Found,
    refused: Option<&str>,
) -> Result<Credential, Problem> {
    let fresh = bff.fresh_tokens(found).await?;
    let subject = &fresh.tokens.access_token;
    let key = match bff.settings.token.cache_key {
        CacheKey::Session => format!("{}\n{}", found.key, behind.name),
        CacheKey::Api => format!("\n{}", behind.name),
    };
    let mut credential = kept::token(bff, &key, refused, bff.oidc.exchange(subject, &behind.audience, None)).await?;
    credential.set_cookie = fresh.set_cookie;
    Ok(credential)
}
