//! The provider ends the session, as an administrator or a sign-out elsewhere does; how long does the application go on?
//!
//! The BFF is told by back-channel logout. The SPA has no channel, but its tokens can be tied to the provider's session.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use http::{Method, StatusCode};

use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::{Exactly, Within};
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, Expectation, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::settings::Settings;
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "out-bcl",
    title: "The provider ends the session",
    property: "once the identity provider has ended the session, the application's access ends at once",
    attacker: Attacker::Nobody,
    steps: &[
        "sign in",
        "see that the application's API answers",
        "end the session at the identity provider, as an administrator does",
        "call the application's API again with what the browser holds, and refresh where it holds a refresh token",
    ],
    sources: &[
        Source::of("OpenID Connect Back-Channel Logout 1.0", "2.7"),
        Source::of("RFC 7662", "2.2"),
        Source::asvs("7.4.5"),
    ],
    measures: &[MeasureDef::lifetime(LIFE)],
    expect,
    controls: &[
        Control { changes: &[("bff.logout.bcl", "off")] },
        Control { changes: &[("idp.bcl", "off")] },
        Control { changes: &[("idp.at_session", "off")] },
        Control { changes: &[("idp.rt_session", "off")] },
    ],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: None,
};

const LIFE: &str = "access after the session's end";

#[expect(clippy::cast_precision_loss, reason = "a life in seconds is far below 2^52")]
fn expect(deployment: &Deployment) -> Expectation {
    let settings = &deployment.settings;
    match deployment.architecture {
        Architecture::Bff => {
            if is_told(settings) {
                Holds(vec![(LIFE, Exactly(0.0))])
            } else {
                Violated(vec![(LIFE, Exactly(settings.bff.session.idle_s as f64))])
            }
        }
        Architecture::Tmb => {
            let (life, idle) = (settings.idp.access_token_life_s as f64, settings.bff.session.idle_s as f64);
            let tied = |switch| switch == mock_idp::Switch::On;
            let token = if tied(settings.idp.at_session) { 0.0 } else { life };
            // A backend that was not told hands out tokens for as long as it can refresh, and its session goes unused.
            let refreshed = idle.min(settings.idp.refresh_token_idle_s as f64);
            let access = if is_told(settings) || tied(settings.idp.rt_session) { token } else { token.max(refreshed) };
            if access == 0.0 { Holds(vec![(LIFE, Exactly(0.0))]) } else { Violated(vec![(LIFE, Exactly(access))]) }
        }
        Architecture::Provider => NO_APPLICATION,
        Architecture::Spa => {
            let (life, cache) = (settings.idp.access_token_life_s as f64, settings.api.introspection.cache_s as f64);
            let tied = |switch| switch == mock_idp::Switch::On;
            match (tied(settings.idp.at_session), tied(settings.idp.rt_session)) {
                (true, true) if cache == 0.0 => Holds(vec![(LIFE, Exactly(0.0))]),
                (true, true) => Violated(vec![(LIFE, Within(1.0, cache.min(life)))]),
                // The page refreshes for as long as the refresh token may go unused, where that does not end either.
                (_, false) => Violated(vec![(LIFE, Exactly(life.max(settings.idp.refresh_token_idle_s as f64)))]),
                (false, true) => Violated(vec![(LIFE, Exactly(life))]),
            }
        }
    }
}

fn is_told(settings: &Settings) -> bool {
    settings.bff.logout.bcl == bff_app::Switch::On
        && settings.idp.bcl == mock_idp::Switch::On
        && settings.bff.session.store.is_on_server()
}

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    works_after_the_end(stage, Duration::ZERO).await?;
    let life = stage.life_left_alone(|play, after| Box::pin(works_after_the_end(play, after))).await?;
    Ok(Verdict::holds_if(life.is_zero()).living(LIFE, life))
}

async fn works_after_the_end(play: &mut Stage, after: Duration) -> Result<bool> {
    match play.deployment().architecture {
        Architecture::Bff => {
            let mut user = play.bff_user();
            user.sign_in("alice").await?;
            let before = user.call(Method::GET, "/api/accounts", None).await?.status;
            ensure!(before == StatusCode::OK, "the API must answer while the session lives, but got {before}");
            play.testbed.provider.end_session_of("alice").await;
            play.advance(after);
            Ok(user.call(Method::GET, "/api/accounts", None).await?.status == StatusCode::OK)
        }
        Architecture::Tmb => {
            let mut user = play.bff_user();
            user.sign_in("alice").await?;
            let token = user.handed_out().await?.context("a token-mediating backend hands out an access token")?;
            let mut page = play.spa_user();
            let before = page.call(Method::GET, "/accounts", &token).await?.status;
            ensure!(before == StatusCode::OK, "the API must answer while the session lives, but got {before}");
            play.testbed.provider.end_session_of("alice").await;
            play.advance(after);
            if page.call(Method::GET, "/accounts", &token).await?.status == StatusCode::OK {
                return Ok(true);
            }
            let Some(token) = user.handed_out().await? else { return Ok(false) };
            Ok(page.call(Method::GET, "/accounts", &token).await?.status == StatusCode::OK)
        }
        Architecture::Provider => bail!("the provider alone has no application"),
        Architecture::Spa => {
            let mut user = play.spa_user();
            let tokens = user.sign_in("alice").await?;
            let before = user.call(Method::GET, "/accounts", &tokens.access_token).await?.status;
            ensure!(before == StatusCode::OK, "the API must answer while the session lives, but got {before}");
            play.testbed.provider.end_session_of("alice").await;
            play.advance(after);
            let accepted = user.call(Method::GET, "/accounts", &tokens.access_token).await?.status == StatusCode::OK;
            Ok(accepted || user.refresh(&tokens.refresh_token).await?.status == StatusCode::OK)
        }
    }
}
