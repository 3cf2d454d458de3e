//! One end of a grant is cut off; what else of it dies?
//!
//! A client that revokes its refresh token is done with the grant, so the access tokens go too. The other way round
//! the standard leaves it open, and this provider lets the refresh token live: an access token is one of many. A
//! replaced refresh token that comes back ends the family, because one of its two holders is a thief; and nothing
//! outlives the session.

use std::time::Duration;

use anyhow::{Result, ensure};
use http::StatusCode;

use super::{PROVIDER_ALONE, alive};
use crate::actors::relying_party::{RelyingParty, Tokens};
use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::Exactly;
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, Expectation, MeasureDef, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "self-cascade",
    title: "What dies with a token, a family or a session",
    property: "the end of a refresh token, its reuse, and the end of the session each end every token that hangs on it",
    attacker: Attacker::Nobody,
    steps: &[
        "sign in and refresh once, and see that both access tokens work",
        "revoke the refresh token, and use both access tokens",
        "sign in again, revoke the access token, and refresh",
        "sign in and refresh again, present the refresh token that was replaced, and use every token of the family",
        "sign in and refresh again, end the session at the provider, and use every token of the family",
    ],
    sources: &[
        Source::of("RFC 7009", "2.1"),
        Source::of("RFC 9700", "4.14.2"),
        Source::of("RFC 6749", "10.4"),
        Source::asvs("10.4.5"),
        Source::asvs("7.4.1"),
    ],
    measures: &[
        MeasureDef::count(REVOKED, "tokens"),
        MeasureDef::count(BY_REFRESH_TOKEN, "tokens"),
        MeasureDef::neutral(BY_ACCESS_TOKEN, "tokens"),
        MeasureDef::count(BY_REUSE, "tokens"),
        MeasureDef::count(BY_SESSION, "tokens"),
    ],
    expect,
    controls: &[
        Control { changes: &[("idp.cascade", "off")] },
        Control { changes: &[("idp.rt_reuse_detection", "off")] },
        // What is never replaced never comes back.
        Control { changes: &[("idp.rt_rotate", "off")] },
        // Access tokens alone: a refresh token gives nothing without them, so `rt_session` may be either.
        Control { changes: &[("idp.at_session", "off")] },
    ],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: None,
};

const REVOKED: &str = "tokens alive after they were revoked";
const BY_REFRESH_TOKEN: &str = "access tokens alive after their refresh token was revoked";
const BY_ACCESS_TOKEN: &str = "refresh tokens alive after their access token was revoked";
const BY_REUSE: &str = "tokens alive after a replaced refresh token came back";
const BY_SESSION: &str = "tokens alive after their session ended";

fn expect(deployment: &Deployment) -> Expectation {
    let idp = &deployment.settings.idp;
    let by_refresh_token = if idp.cascade.is_on() { 0.0 } else { 2.0 };
    let by_reuse = if idp.rt_rotate.is_on() && idp.rt_reuse_detection.is_on() { 0.0 } else { 3.0 };
    let by_session = match (idp.at_session, idp.rt_session) {
        // A refresh token that outlives its session gives no access token, and so is worth nothing.
        (mock_idp::Switch::On, _) => 0.0,
        (mock_idp::Switch::Off, mock_idp::Switch::On) => 2.0,
        (mock_idp::Switch::Off, mock_idp::Switch::Off) => 3.0,
    };
    let bounds = vec![
        (REVOKED, Exactly(0.0)),
        (BY_REFRESH_TOKEN, Exactly(by_refresh_token)),
        // RFC 7009 §2.1: the provider may revoke the refresh token too; this one does not.
        (BY_ACCESS_TOKEN, Exactly(1.0)),
        (BY_REUSE, Exactly(by_reuse)),
        (BY_SESSION, Exactly(by_session)),
    ];
    match deployment.architecture {
        Architecture::Bff | Architecture::Spa | Architecture::Tmb => PROVIDER_ALONE,
        Architecture::Provider if by_refresh_token + by_reuse + by_session > 0.0 => Violated(bounds),
        Architecture::Provider => Holds(bounds),
    }
}

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let mut client = stage.public_client();
    let first = revoke_refresh_token(stage, &mut client).await?;
    let second = revoke_access_token(stage, &mut client).await?;
    let revoked = usize::from(first.revoked) + usize::from(second.revoked);
    let by_reuse = reuse(stage, &mut client).await?;
    let by_session = end_session(stage, &mut client).await?;
    Ok(Verdict::holds_if(revoked + first.others + by_reuse + by_session == 0)
        .counting(REVOKED, revoked)
        .counting(BY_REFRESH_TOKEN, first.others)
        .counting(BY_ACCESS_TOKEN, second.others)
        .counting(BY_REUSE, by_reuse)
        .counting(BY_SESSION, by_session))
}

/// What is alive after a revocation.
struct Alive {
    /// The token that was revoked.
    revoked: bool,
    /// How many tokens of the other kind.
    others: usize,
}

async fn revoke_refresh_token(stage: &Stage, client: &mut RelyingParty) -> Result<Alive> {
    let family = Family::begin(stage, client).await?;
    revoke(client, &family.second.refresh_token).await?;
    let others = family.access_tokens_alive(stage).await?;
    Ok(Alive { revoked: alive::refresh_token(client, &family.second.refresh_token).await?, others })
}

async fn revoke_access_token(stage: &Stage, client: &mut RelyingParty) -> Result<Alive> {
    let tokens = client.tokens("alice").await?;
    ensure!(alive::access_token(stage, &tokens.access_token).await?, "the access token must work at first");
    revoke(client, &tokens.access_token).await?;
    let revoked = alive::access_token(stage, &tokens.access_token).await?;
    let refreshed = alive::refresh_token(client, &tokens.refresh_token).await?;
    Ok(Alive { revoked, others: usize::from(refreshed) })
}

async fn revoke(client: &mut RelyingParty, token: &str) -> Result<()> {
    let status = client.revoke(token).await?.status;
    ensure!(status == StatusCode::OK, "a client must be able to revoke its own token, but got {status}");
    Ok(())
}

/// Presents a refresh token that was replaced, as whoever copied it would.
async fn reuse(stage: &Stage, client: &mut RelyingParty) -> Result<usize> {
    let family = Family::begin(stage, client).await?;
    // Within the grace it would be taken for a client whose answer was lost.
    stage.advance(Duration::from_secs(stage.deployment().settings.idp.rt_grace_s));
    alive::refresh_token(client, &family.first.refresh_token).await?;
    family.alive(stage, client).await
}

async fn end_session(stage: &Stage, client: &mut RelyingParty) -> Result<usize> {
    let family = Family::begin(stage, client).await?;
    stage.testbed.provider.end_session_of("alice").await;
    family.alive(stage, client).await
}

/// The tokens of one grant that was refreshed once, so that the first refresh token was replaced by the second.
struct Family {
    first: Tokens,
    second: Tokens,
}

impl Family {
    async fn begin(stage: &Stage, client: &mut RelyingParty) -> Result<Self> {
        let first = client.tokens("alice").await?;
        let answer = client.refresh(&first.refresh_token).await?;
        ensure!(answer.status == StatusCode::OK, "the refresh token must work at first, but got {}", answer.status);
        let family = Self { first, second: Tokens::of(&answer)? };
        let alive = family.access_tokens_alive(stage).await?;
        ensure!(alive == 2, "both access tokens must work at first, but {alive} did");
        Ok(family)
    }

    async fn access_tokens_alive(&self, stage: &Stage) -> Result<usize> {
        let first = alive::access_token(stage, &self.first.access_token).await?;
        let second = alive::access_token(stage, &self.second.access_token).await?;
        Ok(usize::from(first) + usize::from(second))
    }

    /// Counts both access tokens and the refresh token that was not replaced.
    async fn alive(&self, stage: &Stage, client: &mut RelyingParty) -> Result<usize> {
        let access = self.access_tokens_alive(stage).await?;
        Ok(access + usize::from(alive::refresh_token(client, &self.second.refresh_token).await?))
    }
}
