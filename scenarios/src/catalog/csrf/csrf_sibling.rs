//! A page on a sibling subdomain writes with the victim's session: SameSite=Strict lets it.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::attack;
use crate::scenario::{Attacker, MeasureDef, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "csrf-sibling",
    title: "SameSite=Strict is not enough",
    property: "no write that a sibling subdomain's page sends is carried out",
    attacker: Attacker::Sibling,
    steps: &[
        "sign in in a real browser",
        "visit a page of a sibling subdomain",
        "the page sends a transfer by fetch without CORS, then by a form",
        "count the transfers that the ledger carried out",
    ],
    sources: &[Source::rfc10017("6.1.3.3.1"), Source::asvs("3.5.1"), Source::cve("CVE-2024-22424")],
    measures: &[MeasureDef::count(attack::EXECUTED, "transfers"), MeasureDef::neutral(attack::ARRIVED, "requests")],
    expect: attack::expect::<2>,
    controls: attack::CONTROLS,
    protocol: None,
    browser: Some(|stage| Box::pin(attempt(stage))),
};

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    attack::page_works(stage).await?;
    let target = attack::target(stage);
    let sibling = stage.testbed.origins.sibling.clone();
    let page = format!(
        "<!doctype html><title>sibling</title><form id=f method=post action=\"{target}\">{}</form><script>\
         fetch('{target}', {{ method: 'POST', mode: 'no-cors', credentials: 'include', \
         headers: {{ 'content-type': 'application/x-www-form-urlencoded' }}, body: '{}' }})\
         .catch(() => {{}}).finally(() => f.submit());</script>",
        attack::FIELDS,
        attack::FORM,
    );
    stage.testbed.attacker.publish("sibling", page);
    let before = (stage.testbed.transfers)();
    stage.browser().await?.lure(&format!("{sibling}/page/sibling")).await?;
    let arrived = stage.testbed.journal.wait_for(|exchange| {
        exchange.path.ends_with("/transfers")
            && exchange.request_headers.contains(&("sec-fetch-mode".to_owned(), "navigate".to_owned()))
    });
    tokio::time::timeout(Duration::from_secs(15), arrived)
        .await
        .context("the sibling's form must arrive, or nothing is learnt")?;
    attack::verdict(stage, before, &[&sibling])
}
