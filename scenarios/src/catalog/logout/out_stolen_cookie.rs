//! A session cookie copied before logout is replayed after it.
//!
//! Clearing the cookie in the victim's browser is not enough: the copy only dies with the
//! session behind it. A sealed cookie has no session behind it, so the copy outlives logout.

use std::time::Duration;

use anyhow::{Result, ensure};
use bff_app::SessionStore;
use http::{Method, StatusCode};

use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::Exactly;
use crate::scenario::Expectation::{Holds, NotApplicable, Violated};
use crate::scenario::{Attacker, Control, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "out-stolen-cookie",
    title: "Cookie stolen before logout",
    property: "a session cookie copied before logout is refused at once after it",
    attacker: Attacker::CookieThief,
    steps: &["sign in", "copy the cookie", "see that the copy works", "sign out", "use the copy"],
    sources: &[Source::asvs("7.4.1"), Source::wstg("SESS-06")],
    measures: &[MeasureDef::lifetime(LIFE)],
    expect: |deployment| match deployment.architecture {
        Architecture::Provider => NO_APPLICATION,
        Architecture::Spa => NotApplicable("the page holds tokens, not a session cookie"),
        Architecture::Bff | Architecture::Tmb => match deployment.settings.bff.session.store {
            SessionStore::Memory | SessionStore::Embedded | SessionStore::Redis => Holds(vec![(LIFE, Exactly(0.0))]),
            SessionStore::SealedCookie => Violated(vec![(LIFE, Exactly(idle_life(deployment)))]),
        },
    },
    controls: &[Control { changes: &[("bff.session.store", "sealed-cookie")] }],
    protocol: Some(|stage| Box::pin(replay(stage))),
    browser: None,
};

const LIFE: &str = "accepted after logout";

#[expect(clippy::cast_precision_loss, reason = "an idle life in seconds is far below 2^52")]
fn idle_life(deployment: &Deployment) -> f64 {
    deployment.settings.bff.session.idle_s as f64
}

async fn replay(stage: &mut Stage) -> Result<Verdict> {
    // The recorded play first; then fresh ones, because a probe is activity and slides the idle timeout.
    works_after_logout(stage, Duration::ZERO).await?;
    let life = stage.life_left_alone(|play, after| Box::pin(works_after_logout(play, after))).await?;
    Ok(Verdict::holds_if(life.is_zero()).living(LIFE, life))
}

async fn works_after_logout(play: &mut Stage, after: Duration) -> Result<bool> {
    let mut victim = play.bff_user();
    victim.sign_in("alice").await?;
    let mut thief = play.bff_user();
    thief.agent = play.thief();
    for cookie in victim.session_cookies() {
        thief.agent.set_cookie(cookie);
    }
    let copy = thief.call(Method::GET, "/bff/user", None).await?;
    ensure!(copy.status == StatusCode::OK, "the copy must work while the session lives, but got {}", copy.status);
    victim.sign_out().await?;
    play.advance(after);
    Ok(thief.call(Method::GET, "/bff/user", None).await?.status == StatusCode::OK)
}
