//! Closing the servers, killing the driver or the browser, a panic and a hang: each ends its own play only.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use hosting::Authority;
use http::Method;
use scenarios::commands::{Exit, exit_of};
use scenarios::config::Config;
use scenarios::deployment;
use scenarios::page::Pages;
use scenarios::runner::{Cell, Finding, Layer, Outcome, Runner};
use scenarios::scenario::{Attacker, Attempt, Expectation, Scenario, Verdict};
use scenarios::stage::{Stage, Theatre};

const fn broken(id: &'static str, protocol: Option<Attempt>, browser: Option<Attempt>) -> Scenario {
    Scenario {
        id,
        title: "A play that breaks",
        property: "nothing is learnt from a play that breaks",
        attacker: Attacker::Nobody,
        steps: &[],
        sources: &[],
        measures: &[],
        expect: |_| Expectation::Violated(Vec::new()),
        controls: &[],
        protocol,
        browser,
    }
}

static LISTENER: Scenario = broken("listener", Some(|stage| Box::pin(listener(stage))), None);
static PANIC: Scenario = broken("panic", Some(|stage| Box::pin(panics(stage))), None);
static HANG: Scenario = broken("hang", Some(|stage| Box::pin(hangs(stage))), None);
static DRIVER: Scenario = broken("driver", None, Some(|stage| Box::pin(kills(stage, Victim::Driver))));
static BROWSER: Scenario = broken("browser", None, Some(|stage| Box::pin(kills(stage, Victim::Browser))));
static HEALTHY: Scenario =
    broken("healthy", Some(|stage| Box::pin(healthy(stage))), Some(|stage| Box::pin(healthy_browser(stage))));

async fn listener(stage: &mut Stage) -> Result<Verdict> {
    let mut user = stage.bff_user();
    user.sign_in("alice").await?;
    stage.testbed.kill();
    user.call(Method::GET, "/api/accounts", None).await?;
    bail!("the call must fail")
}

#[expect(clippy::unused_async, reason = "an attempt is asynchronous, and this one ends before it waits")]
async fn panics(_: &mut Stage) -> Result<Verdict> {
    panic!("on purpose")
}

async fn hangs(_: &mut Stage) -> Result<Verdict> {
    std::future::pending().await
}

enum Victim {
    Driver,
    Browser,
}

async fn kills(stage: &mut Stage, victim: Victim) -> Result<Verdict> {
    let driver = stage.driver_process_id().context("the driver has a process")?;
    let browser = stage.browser().await?;
    browser.open_app().await?;
    let id = match victim {
        Victim::Driver => u64::from(driver),
        Victim::Browser => browser.process_id().context("the driver tells the browser's process")?,
    };
    tokio::process::Command::new("kill").args(["-9", &id.to_string()]).status().await?;
    browser.sign_in("alice").await?;
    bail!("the sign-in must fail")
}

static WRONG: Scenario = Scenario {
    expect: |_| Expectation::Holds(Vec::new()),
    ..broken("wrong", Some(|stage| Box::pin(healthy(stage))), None)
};
static UNPROVEN: Scenario = Scenario {
    expect: |_| Expectation::Holds(Vec::new()),
    ..broken("unproven", Some(|stage| Box::pin(held(stage))), None)
};

#[expect(clippy::unused_async, reason = "an attempt is asynchronous, and this one ends before it waits")]
async fn held(_: &mut Stage) -> Result<Verdict> {
    Ok(Verdict::holds_if(true))
}

async fn healthy(stage: &mut Stage) -> Result<Verdict> {
    stage.bff_user().sign_in("alice").await?;
    Ok(Verdict::holds_if(false))
}

async fn healthy_browser(stage: &mut Stage) -> Result<Verdict> {
    stage.browser().await?.sign_in("alice").await?;
    Ok(Verdict::holds_if(false))
}

fn runner(limit: Duration) -> Runner {
    let theatre = Theatre {
        scheme: scenarios::testbed::Scheme::Tls(Authority::new()),
        pages: Arc::new(Pages::embedded().expect("the page is built")),
        numbers: Arc::new(AtomicUsize::new(0)),
    };
    Runner::new(theatre, Config::from_environment().installation, limit)
}

async fn find(runner: &Runner, scenario: &'static Scenario, layer: Layer) -> Finding {
    let deployment = deployment::ALL[0].deployment().expect("the reference deployment exists");
    runner.find(Cell { scenario, deployment, layer }).await
}

async fn breaks_alone(scenario: &'static Scenario, layer: Layer, limit: Duration, cause: &str) {
    let runner = runner(limit);
    let finding = find(&runner, scenario, layer).await;
    assert_eq!(finding.outcome, Outcome::Inconclusive, "{:?}", finding.reasons);
    let reasons = finding.reasons.join("\n");
    assert!(reasons.contains(cause), "the cause must be named: {reasons}");
    let next = find(&runner, &HEALTHY, layer).await;
    assert_eq!(next.outcome, Outcome::AsPredicted, "the run must go on: {:?}", next.reasons);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_listener_is_inconclusive() {
    breaks_alone(&LISTENER, Layer::Protocol, Duration::from_secs(30), "/api/accounts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_inconclusive() {
    breaks_alone(&PANIC, Layer::Protocol, Duration::from_secs(30), "panicked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hang_is_inconclusive() {
    breaks_alone(&HANG, Layer::Protocol, Duration::from_secs(2), "did not end within 2 s").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_driver_is_inconclusive() {
    breaks_alone(&DRIVER, Layer::Browser, Duration::from_secs(60), "the driver").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_browser_is_inconclusive() {
    breaks_alone(&BROWSER, Layer::Browser, Duration::from_secs(60), "load the page").await;
}

async fn exit_after(scenario: &'static Scenario, outcome: Outcome) -> Exit {
    let finding = find(&runner(Duration::from_secs(30)), scenario, Layer::Protocol).await;
    assert_eq!(finding.outcome, outcome, "{:?}", finding.reasons);
    exit_of(&[finding], false).0
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_decide_the_exit_code() {
    assert_eq!(exit_after(&WRONG, Outcome::Surprise).await, Exit::Gate);
    assert_eq!(exit_after(&UNPROVEN, Outcome::Unproven).await, Exit::Gate);
    assert_eq!(exit_after(&PANIC, Outcome::Inconclusive).await, Exit::Incomplete);
    assert_eq!(exit_after(&HEALTHY, Outcome::AsPredicted).await, Exit::Ok);
}
