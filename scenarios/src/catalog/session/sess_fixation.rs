//! A session id that somebody planted before the login must not become the victim's session.
//!
//! The prefix keeps pages from planting it, so the attacker had the computer before. And a Strict cookie is not even sent
//! with the provider's redirect back, so it takes both a Lax cookie and an id that survives the login.

use anyhow::{Context as _, Result, ensure};
use http::{Method, StatusCode};

use crate::deployment::Architecture;
use crate::scenario::Bound::Exactly;
use crate::scenario::Expectation::{Holds, NotApplicable, Violated};
use crate::scenario::{Attacker, Control, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "sess-fixation",
    title: "A planted session id survives the login",
    property: "no session id that was known before the login is the user's session after it",
    attacker: Attacker::CookieThief,
    steps: &[
        "the attacker signs in as bob and keeps a copy of the session cookie",
        "the attacker leaves that cookie in the browser of a shared computer",
        "the victim signs in as alice",
        "the attacker uses the copy",
    ],
    sources: &[Source::asvs("7.2.4"), Source::cve("CVE-2021-41246")],
    measures: &[MeasureDef::count(PLANTED, "sessions")],
    expect: |deployment| match deployment.architecture {
        Architecture::Provider => NO_APPLICATION,
        Architecture::Spa => NotApplicable("the page holds tokens, not a session cookie"),
        Architecture::Bff | Architecture::Tmb => {
            let settings = &deployment.settings.bff.session;
            let sent = deployment.settings.bff.cookie.samesite != bff_app::SameSite::Strict;
            let keeps = settings.rekey == bff_app::Switch::Off && settings.store.is_on_server() && sent;
            if keeps { Violated(vec![(PLANTED, Exactly(1.0))]) } else { Holds(vec![(PLANTED, Exactly(0.0))]) }
        }
    },
    controls: &[Control { changes: &[("bff.session.rekey", "off"), ("bff.cookie.samesite", "lax")] }],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: None,
};

const PLANTED: &str = "planted ids that became the victim's";

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let mut attacker = stage.bff_user();
    attacker.agent = stage.thief();
    attacker.sign_in("bob").await?;
    let planted = attacker.session_cookies();
    ensure!(planted.len() == 1, "one session cookie must be there to plant, but there are {}", planted.len());
    let before = attacker.call(Method::GET, "/bff/user", None).await?;
    ensure!(before.json()?["sub"] == "sub-bob", "the copy must be bob's before it is planted");

    let mut victim = stage.bff_user();
    for cookie in planted {
        victim.agent.set_cookie(cookie);
    }
    victim.sign_in("alice").await?;
    let user = victim.call(Method::GET, "/bff/user", None).await?.json()?;
    ensure!(user["sub"] == "sub-alice", "the victim must be signed in as alice");

    let after = attacker.call(Method::GET, "/bff/user", None).await?;
    let taken = after.status == StatusCode::OK && after.json().context("read who the copy is")?["sub"] == "sub-alice";
    Ok(Verdict::holds_if(!taken).counting(PLANTED, usize::from(taken)))
}
