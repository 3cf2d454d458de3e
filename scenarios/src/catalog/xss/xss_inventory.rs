//! What can script in the page read? Everything that was minted is searched for in everything that it can reach.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};

use super::loot;
use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::{AtLeast, Exactly};
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, Expectation, MeasureDef, NO_APPLICATION, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "xss-inventory",
    title: "What can page script read?",
    property: "script in the page can read no credential",
    attacker: Attacker::ScriptInPage,
    steps: &[
        "plant script in the page's bundle, as a compromised dependency would",
        "sign in in a real browser",
        "the script reads storage, cookies, databases, caches, globals and the page's own requests and responses",
        "search what it read for every credential that was minted",
    ],
    sources: &[Source::rfc10017("5.1.1"), Source::asvs("3.3.4"), Source::wstg("CLNT-12")],
    measures: &[MeasureDef::count(READABLE, "kinds"), MeasureDef::neutral(PLACES, "places")],
    expect,
    controls: &[
        Control { changes: &[("bff.handed_out", "all")] },
        Control { changes: &[("bff.cookie.httponly", "off")] },
    ],
    protocol: None,
    browser: Some(|stage| Box::pin(attempt(stage))),
};

const READABLE: &str = "kinds of credential that script can read";
const PLACES: &str = "places that were read";

pub(super) fn exposes(deployment: &Deployment) -> bool {
    let settings = &deployment.settings;
    match deployment.architecture {
        Architecture::Provider => false,
        Architecture::Spa | Architecture::Tmb => true,
        Architecture::Bff => {
            settings.bff.handed_out != bff_app::HandedOut::None || settings.bff.cookie.httponly == bff_app::Switch::Off
        }
    }
}

fn expect(deployment: &Deployment) -> Expectation {
    let read = (PLACES, AtLeast(1.0));
    match (deployment.architecture, exposes(deployment)) {
        (Architecture::Provider, _) => NO_APPLICATION,
        (_, false) => Holds(vec![(READABLE, Exactly(0.0)), read]),
        // Access, refresh and ID token.
        (Architecture::Spa, _) => Violated(vec![(READABLE, Exactly(3.0)), read]),
        (Architecture::Tmb, _) if hands_out_one(deployment) => Violated(vec![(READABLE, Exactly(1.0)), read]),
        (Architecture::Bff | Architecture::Tmb, _) => Violated(vec![(READABLE, AtLeast(1.0)), read]),
    }
}

/// The access token, and nothing beside it.
fn hands_out_one(deployment: &Deployment) -> bool {
    let bff = &deployment.settings.bff;
    bff.handed_out == bff_app::HandedOut::AccessToken && bff.cookie.httponly == bff_app::Switch::On
}

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    stage.plant("read")?;
    let credentials = stage.testbed.credentials.clone();
    let browser = stage.browser().await?;
    browser.sign_in("alice").await?;
    browser.until("the implant's sweep", "return document.documentElement.dataset.swept || null;", vec![]).await?;
    let loot = browser.read("return window.implantLoot;", vec![]).await?;
    let loot = loot.as_array().context("the implant's loot is a list")?;
    ensure!(!loot.is_empty(), "the implant must have read something, or it did not run");
    let mut kinds = BTreeSet::new();
    let mut verdict = Verdict::holds_if(true).counting(PLACES, loot.len());
    for item in loot {
        let (place, text) = (item[0].as_str().unwrap_or_default(), item[1].as_str().unwrap_or_default());
        for (kind, label) in loot::credentials_in(&credentials, text) {
            let note = format!("{label} in {place}");
            if !verdict.notes.contains(&note) {
                verdict = verdict.noting(note);
            }
            kinds.insert(kind);
        }
    }
    verdict.holds = kinds.is_empty();
    Ok(verdict.counting(READABLE, kinds.len()))
}
