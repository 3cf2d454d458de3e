//! Script in the page sends requests as the page does. No architecture prevents it, and the report says so.

use anyhow::{Context as _, Result};

use crate::deployment::Architecture;
use crate::scenario::Bound::Exactly;
use crate::scenario::Expectation::Violated;
use crate::scenario::{Attacker, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "xss-riding",
    title: "Requests through the victim's browser",
    property: "script in the page cannot call the application as the user",
    attacker: Attacker::ScriptInPage,
    steps: &[
        "plant script in the page's bundle, as a compromised dependency would",
        "sign in in a real browser",
        "the script sends a hundred calls as the page does",
        "count those that were answered with data",
    ],
    sources: &[Source::rfc10017("5.1.4"), Source::rfc10017("5.2.3")],
    measures: &[MeasureDef::count(ACCEPTED, "calls")],
    expect: |deployment| match deployment.architecture {
        Architecture::Bff | Architecture::Spa | Architecture::Tmb => Violated(vec![(ACCEPTED, Exactly(100.0))]),
        Architecture::Provider => NO_APPLICATION,
    },
    controls: &[],
    protocol: None,
    browser: Some(|stage| Box::pin(attempt(stage))),
};

const ACCEPTED: &str = "calls accepted of 100";

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    stage.plant("ride")?;
    let browser = stage.browser().await?;
    browser.sign_in("alice").await?;
    let ridden =
        browser.until("the implant's ride", "return document.documentElement.dataset.ridden || null;", vec![]).await?;
    let accepted: usize = ridden.as_str().and_then(|text| text.parse().ok()).context("the implant counts its calls")?;
    Ok(Verdict::holds_if(accepted == 0).counting(ACCEPTED, accepted))
}
