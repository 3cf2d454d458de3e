//! An access token copied before logout is used after it.
//!
//! The page forgets its tokens at sign-out, but the copy does not know that. It dies when the page revokes it, or when
//! the provider ends the tokens of a session with the session; either suffices, so the control takes both away.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use http::{Method, StatusCode};

use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::{AtLeast, Exactly, Within};
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, Expectation, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "out-stolen-at",
    title: "Access token stolen before logout",
    property: "no access token copied before logout is accepted by the API after it",
    attacker: Attacker::TokenThief,
    steps: &[
        "sign in",
        "copy every access token that the browser can be asked for",
        "see that the copy works",
        "sign out",
        "use the copy",
    ],
    sources: &[Source::of("RFC 7009", "2.1"), Source::of("RFC 7662", "2.2"), Source::asvs("7.4.1")],
    measures: &[MeasureDef::count(STOLEN, "tokens"), MeasureDef::lifetime(LIFE)],
    expect,
    controls: &[
        Control { changes: &[("spa.revoke", "off"), ("idp.at_session", "off")] },
        Control { changes: &[("bff.logout.revoke", "off"), ("idp.at_session", "off")] },
        Control { changes: &[("bff.handed_out", "all"), ("bff.logout.revoke", "off"), ("idp.at_session", "off")] },
    ],
    protocol: Some(|stage| Box::pin(replay(stage))),
    browser: None,
};

const STOLEN: &str = "access tokens to steal";
const LIFE: &str = "accepted after logout";

fn expect(deployment: &Deployment) -> Expectation {
    let settings = &deployment.settings;
    let tied = settings.idp.at_session == mock_idp::Switch::On;
    let (to_steal, revoked) = match deployment.architecture {
        Architecture::Provider => return NO_APPLICATION,
        Architecture::Spa => (true, settings.spa.revoke == spa_app::Switch::On),
        Architecture::Bff | Architecture::Tmb => {
            (settings.bff.handed_out != bff_app::HandedOut::None, settings.bff.logout.revoke == bff_app::Switch::On)
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "a life in seconds is far below 2^52")]
    let (life, cache) = (settings.idp.access_token_life_s as f64, settings.api.introspection.cache_s as f64);
    let opaque = settings.idp.access_token_format == mock_idp::AccessTokenFormat::Opaque;
    match (to_steal, tied || revoked) {
        (false, _) => Holds(vec![(STOLEN, Exactly(0.0)), (LIFE, Exactly(0.0))]),
        (true, true) if cache == 0.0 => Holds(vec![(STOLEN, AtLeast(1.0)), (LIFE, Exactly(0.0))]),
        (true, true) if opaque => Violated(vec![(LIFE, Within(1.0, cache.min(life)))]),
        (true, _) => Violated(vec![(STOLEN, AtLeast(1.0)), (LIFE, Exactly(life))]),
    }
}

async fn replay(stage: &mut Stage) -> Result<Verdict> {
    let stolen = play(stage, Duration::ZERO).await?;
    let life = stage
        .life_left_alone(|play_again, after| Box::pin(async move { Ok(play(play_again, after).await?.still_works) }));
    let life = life.await?;
    Ok(Verdict::holds_if(life.is_zero()).counting(STOLEN, stolen.tokens).living(LIFE, life))
}

struct Stolen {
    tokens: usize,
    still_works: bool,
}

async fn play(stage: &mut Stage, after: Duration) -> Result<Stolen> {
    match stage.deployment().architecture {
        Architecture::Provider => bail!("the provider alone has no application"),
        Architecture::Spa => spa(stage, after).await,
        Architecture::Bff | Architecture::Tmb => bff(stage, after).await,
    }
}

async fn spa(stage: &mut Stage, after: Duration) -> Result<Stolen> {
    let mut victim = stage.spa_user();
    let tokens = victim.sign_in("alice").await?;
    let mut thief = stage.spa_user();
    thief.agent = stage.thief();
    let copy = thief.call(Method::GET, "/accounts", &tokens.access_token).await?;
    ensure!(copy.status == StatusCode::OK, "the copy must work while the user is signed in, but got {}", copy.status);
    victim.sign_out().await?;
    stage.advance(after);
    let again = thief.call(Method::GET, "/accounts", &tokens.access_token).await?;
    Ok(Stolen { tokens: 1, still_works: again.status == StatusCode::OK })
}

/// Asks the backend for the tokens. One that hands none out leaves nothing to steal, and that is the finding.
async fn bff(stage: &mut Stage, after: Duration) -> Result<Stolen> {
    let mut victim = stage.bff_user();
    victim.sign_in("alice").await?;
    let mut texts = Vec::new();
    for path in ["/bff/tokens", "/bff/user", "/api/accounts", "/"] {
        texts.push(victim.call(Method::GET, path, None).await?.body);
    }
    let found: Vec<_> = stage
        .testbed
        .credentials
        .all()
        .into_iter()
        .filter(|(kind, _, value)| {
            *kind == hosting::Kind::AccessToken && texts.iter().any(|text| text.contains(value.expose()))
        })
        .collect();
    let mut thief = stage.thief();
    let origins = &stage.testbed.origins;
    // The BFF's downstream is private; what the internet answers to such a token is the provider itself.
    let (origin, path) = match stage.deployment().architecture {
        Architecture::Tmb => (&origins.api, "/accounts"),
        _ => (&origins.idp, "/userinfo"),
    };
    let url = url::Url::parse(origin.as_str())?.join(path).context("the address that a thief would try")?;
    if let Some((_, _, token)) = found.first() {
        let header = format!("Bearer {}", token.expose());
        let copy = thief.send(Method::GET, url.clone(), &[("authorization", &header)], None).await?;
        ensure!(
            copy.status == StatusCode::OK,
            "the copy must work while the user is signed in, but got {}",
            copy.status
        );
    }
    victim.sign_out().await?;
    stage.advance(after);
    let mut still_works = false;
    for (_, _, token) in &found {
        let header = format!("Bearer {}", token.expose());
        still_works |=
            thief.send(Method::GET, url.clone(), &[("authorization", &header)], None).await?.status == StatusCode::OK;
    }
    Ok(Stolen { tokens: found.len(), still_works })
}
