//! Whether a token is still worth anything, found out as whoever would use it finds out.

use anyhow::{Result, ensure};
use http::StatusCode;

use crate::actors::relying_party::RelyingParty;
use crate::stage::Stage;

/// Tells whether the API takes an access token: it asks the provider.
pub(super) async fn access_token(stage: &Stage, token: &str) -> Result<bool> {
    is_active(&mut stage.resource_server(), token).await
}

/// Tells whether a client hears that a token is active.
pub(super) async fn is_active(caller: &mut RelyingParty, token: &str) -> Result<bool> {
    let answer = caller.introspect(token).await?;
    ensure!(answer.status == StatusCode::OK, "the provider must say what a token is worth, but got {}", answer.status);
    Ok(answer.json()?["active"].as_bool() == Some(true))
}

/// Tells whether a refresh token is taken from its rightful client; a living one is used up by that.
pub(super) async fn refresh_token(client: &mut RelyingParty, token: &str) -> Result<bool> {
    let answer = client.refresh(token).await?;
    ensure!(
        answer.status == StatusCode::OK || answer.body.contains("invalid_grant"),
        "the refresh must be granted or refused for the token's sake, but got {} {}",
        answer.status,
        answer.body
    );
    Ok(answer.status == StatusCode::OK)
}
