//! Every way in which a foreign page can make a browser send a write, from a sibling and from another site.

use anyhow::{Result, ensure};
use hosting::Origin;

use super::attack;
use crate::scenario::{Attacker, MeasureDef, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "csrf-matrix",
    title: "The matrix of forged requests",
    property: "no write that a foreign page sends is carried out, whatever means it uses",
    attacker: Attacker::OtherSite,
    steps: &[
        "sign in in a real browser",
        "visit a page of a sibling subdomain and one of another site",
        "each sends a transfer by fetch (form body, JSON as text, JSON with a header), beacon, image, framed form and framed form of a null origin, with POST, PUT, PATCH and DELETE where the means allows them",
        "count the transfers that the ledger carried out",
    ],
    sources: &[Source::rfc10017("6.1.3.3"), Source::asvs("3.5.1"), Source::asvs("3.5.2"), Source::asvs("3.5.3")],
    measures: &[MeasureDef::count(attack::EXECUTED, "transfers"), MeasureDef::neutral(attack::ARRIVED, "requests")],
    // Ten ways from two origins; of four, only the preflight.
    expect: attack::expect::<20>,
    controls: attack::CONTROLS,
    protocol: None,
    browser: Some(|stage| Box::pin(attempt(stage))),
};

const SCRIPT: &str = include_str!("csrf_matrix.js");

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    attack::page_works(stage).await?;
    let target = attack::target(stage);
    let page = format!(
        "<!doctype html><title>matrix</title><script>const target = '{target}'; const form = '{}'; const json = '{}'; const fields = '{}';{SCRIPT}</script>",
        attack::FORM,
        attack::JSON,
        attack::FIELDS,
    );
    stage.testbed.attacker.publish("matrix", page);
    let before = (stage.testbed.transfers)();
    let origins: Vec<Origin> = vec![stage.testbed.origins.sibling.clone(), stage.testbed.origins.evil.clone()];
    for origin in &origins {
        let browser = stage.browser().await?;
        browser.lure(&format!("{origin}/page/matrix")).await?;
        let sent =
            browser.until("the attack's end", "return document.documentElement.dataset.sent || null;", vec![]).await?;
        ensure!(sent.as_str() == Some("10"), "the page must try ten ways, but tried {sent}");
    }
    attack::verdict(stage, before, &origins.iter().collect::<Vec<_>>())
}
