//! Plays every selected cell, proves what held, and keeps a panic or a hang inside its own play.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use hosting::Exchange;
use tokio::sync::Mutex;

use crate::actors::driver::{Driver, Installation};
use crate::deployment::{self, Deployment};
use crate::scenario::{Attempt, Expectation, Scenario, Verdict};
use crate::stage::{Stage, Theatre};

/// How a scenario is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Over plain HTTP.
    Protocol,
    /// In a real browser.
    Browser,
}

impl Layer {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Browser => "browser",
        }
    }

    /// Returns the scenario's attempt on this layer.
    pub fn attempt(self, scenario: &Scenario) -> Option<Attempt> {
        match self {
            Self::Protocol => scenario.protocol,
            Self::Browser => scenario.browser,
        }
    }
}

/// One cell to play.
#[derive(Clone)]
pub struct Cell {
    /// What is attempted.
    pub scenario: &'static Scenario,
    /// Against what.
    pub deployment: Deployment,
    /// How.
    pub layer: Layer,
}

impl Cell {
    /// Returns the cell's name, as in `out-click@bff (browser)`.
    pub fn name(&self) -> String {
        format!("{}@{} ({})", self.scenario.id, self.deployment.id, self.layer.name())
    }
}

/// How a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As the author said, and proven where it held.
    AsPredicted,
    /// Another verdict, or a measure out of bounds.
    Surprise,
    /// It held, but no control was seen to flip it.
    Unproven,
    /// The harness broke; nothing was learnt.
    Inconclusive,
    /// There is nothing to attack here.
    NotApplicable,
}

/// A control that was played.
#[derive(Clone, Debug)]
pub struct Proof {
    /// What was changed.
    pub changes: Vec<(String, String)>,
    /// What the weakened deployment showed, or why nothing was learnt.
    pub verdict: Result<Verdict, String>,
    /// Whether it flipped the verdict as predicted, measures inside their bounds.
    pub flipped: bool,
}

/// What is known of one cell.
pub struct Finding {
    /// The cell.
    pub cell: Cell,
    /// The prediction.
    pub expectation: Expectation,
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen.
    pub verdict: Option<Verdict>,
    /// Why it ended so, where that is not obvious.
    pub reasons: Vec<String>,
    /// The controls that were played.
    pub proofs: Vec<Proof>,
    /// The traffic of the play.
    pub exchanges: Vec<Exchange>,
    /// How long it took, controls included.
    pub took: Duration,
}

/// What plays are run with.
pub struct Runner {
    /// What all plays share.
    pub theatre: Theatre,
    /// Where the browser is.
    pub installation: Installation,
    /// How long one play may take.
    pub limit: Duration,
    driver: Mutex<Option<Driver>>,
}

struct Played {
    verdict: Result<Verdict>,
    exchanges: Vec<Exchange>,
}

impl Runner {
    /// Makes a runner.
    pub fn new(theatre: Theatre, installation: Installation, limit: Duration) -> Self {
        Self { theatre, installation, limit, driver: Mutex::new(None) }
    }

    /// Plays a cell and its controls.
    pub async fn find(&self, cell: Cell) -> Finding {
        let started = Instant::now();
        let expectation = (cell.scenario.expect)(&cell.deployment);
        let mut finding = Finding {
            expectation: expectation.clone(),
            outcome: Outcome::NotApplicable,
            verdict: None,
            reasons: Vec::new(),
            proofs: Vec::new(),
            exchanges: Vec::new(),
            took: Duration::ZERO,
            cell,
        };
        if let Expectation::NotApplicable(reason) = expectation {
            finding.reasons.push(reason.to_owned());
            return finding;
        }
        let played = self.play(&finding.cell, &finding.cell.deployment).await;
        finding.exchanges = played.exchanges;
        match played.verdict {
            Err(error) => {
                finding.outcome = Outcome::Inconclusive;
                finding.reasons.push(format!("{error:#}"));
            }
            Ok(verdict) => {
                finding.reasons = misses(&verdict, &expectation);
                finding.outcome = if finding.reasons.is_empty() { Outcome::AsPredicted } else { Outcome::Surprise };
                let held = verdict.holds && finding.outcome == Outcome::AsPredicted;
                finding.verdict = Some(verdict);
                if held {
                    self.prove(&mut finding).await;
                }
            }
        }
        finding.took = started.elapsed();
        finding
    }

    /// Takes the protection away, control by control, and looks whether the same attack then works.
    async fn prove(&self, finding: &mut Finding) {
        let own = finding.cell.deployment.clone();
        let provable = |base: &Deployment| {
            let scenario = finding.cell.scenario;
            scenario.controls.iter().any(|control| scenario.weakened(base, control).is_some())
        };
        // Where no control flips what was changed, the reference must stand in, and its changes say so.
        let base = if provable(&own) { own } else { reference_of(&own) };
        for control in finding.cell.scenario.controls {
            let Some((weak, expectation)) = finding.cell.scenario.weakened(&base, control) else { continue };
            let played = self.play(&finding.cell, &weak).await;
            let verdict = played.verdict.map_err(|error| format!("{error:#}"));
            let flipped = verdict.as_ref().is_ok_and(|verdict| misses(verdict, &expectation).is_empty());
            if !flipped {
                let why = match &verdict {
                    Ok(verdict) => misses(verdict, &expectation).join("; "),
                    Err(error) => error.clone(),
                };
                finding.reasons.push(format!("control {} did not flip it: {why}", weak.described()));
            }
            finding.proofs.push(Proof { changes: weak.changes[base.changes.len()..].to_vec(), verdict, flipped });
        }
        if let Some(outcome) = outcome_of(&finding.proofs) {
            finding.outcome = outcome;
        }
        if finding.proofs.is_empty() {
            finding.reasons.push("no control of this scenario belongs to this deployment".to_owned());
        }
    }

    async fn play(&self, cell: &Cell, deployment: &Deployment) -> Played {
        let none = |error: anyhow::Error| Played { verdict: Err(error), exchanges: Vec::new() };
        let Some(attempt) = cell.layer.attempt(cell.scenario) else {
            return none(anyhow!("{} has no attempt on the {} layer", cell.scenario.id, cell.layer.name()));
        };
        let driver = match cell.layer {
            Layer::Protocol => None,
            Layer::Browser => match self.driver().await {
                Ok(driver) => Some(driver),
                Err(error) => return none(error),
            },
        };
        let stage = match Stage::new(&self.theatre, deployment, driver.clone()) {
            Ok(stage) => stage,
            Err(error) => return none(error.context("boot the deployment")),
        };
        let mut played = play_on(stage, attempt, self.limit).await;
        if let (Err(error), Some(driver)) = (&played.verdict, driver.filter(|driver| !driver.is_alive())) {
            let ended = driver
                .process_id()
                .map_or_else(|| "the driver has ended".to_owned(), |id| format!("the driver {id} has ended"));
            played.verdict = Err(anyhow!("{ended}: {error:#}"));
        }
        played
    }

    /// Returns the version of the browser, where one was driven.
    pub async fn browser_version(&self) -> Option<String> {
        let driven = self.driver.lock().await.is_some();
        if !driven {
            return None;
        }
        let asked = tokio::process::Command::new(&self.installation.driver).arg("--version").output();
        let said = tokio::time::timeout(Duration::from_secs(5), asked).await.ok()?.ok()?;
        let text = String::from_utf8_lossy(&said.stdout);
        let version = text.split_whitespace().nth(1)?;
        Some(format!("Chromium headless shell, driven by ChromeDriver {version}"))
    }

    /// Returns the driver of this run, and starts another where it has died.
    async fn driver(&self) -> Result<Driver> {
        let mut slot = self.driver.lock().await;
        if let Some(driver) = slot.as_ref().filter(|driver| driver.is_alive()) {
            return Ok(driver.clone());
        }
        let driver = Driver::start(&self.installation).await?;
        *slot = Some(driver.clone());
        Ok(driver)
    }
}

/// Returns how a finding that held ends by its controls; nothing where every one of them flipped it.
fn outcome_of(proofs: &[Proof]) -> Option<Outcome> {
    let flipped = proofs.iter().filter(|proof| proof.flipped).count();
    let stood = proofs.iter().any(|proof| !proof.flipped && proof.verdict.is_ok());
    match (flipped == proofs.len() && flipped > 0, stood) {
        (true, _) => None,
        // A control that was played to its end and did not flip contradicts the author.
        (_, true) if flipped > 0 => Some(Outcome::Surprise),
        (_, true) => Some(Outcome::Unproven),
        // The others broke, so nothing was learnt of them.
        _ if !proofs.is_empty() => Some(Outcome::Inconclusive),
        _ => Some(Outcome::Unproven),
    }
}

/// Plays on a stage; a panic or a hang ends this play only.
async fn play_on(mut stage: Stage, attempt: Attempt, limit: Duration) -> Played {
    let evidence = stage.evidence();
    let task = tokio::spawn(async move {
        let verdict = attempt(&mut stage).await;
        stage.end().await;
        verdict
    });
    let abort = task.abort_handle();
    let verdict = match tokio::time::timeout(limit, task).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(panic)) => Err(anyhow!("the play panicked: {panic}")),
        Err(_) => {
            abort.abort();
            Err(anyhow!("the play did not end within {} s", limit.as_secs()))
        }
    };
    let evidence = evidence.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let verdict = verdict.map_err(|error| anyhow!("{}", evidence.credentials.redact(&format!("{error:#}"))));
    Played { verdict, exchanges: evidence.journal.exchanges() }
}

fn reference_of(deployment: &Deployment) -> Deployment {
    deployment::ALL
        .iter()
        .find(|named| named.id == deployment.id)
        .and_then(|named| named.deployment().ok())
        .unwrap_or_else(|| deployment.clone())
}

/// Says in words how a verdict differs from its prediction.
pub fn misses(verdict: &Verdict, expectation: &Expectation) -> Vec<String> {
    let predicted_holds = matches!(expectation, Expectation::Holds(_));
    let mut misses = Vec::new();
    if verdict.holds != predicted_holds {
        let word = |holds| if holds { "holds" } else { "violated" };
        misses.push(format!("predicted {}, found {}", word(predicted_holds), word(verdict.holds)));
    }
    for (name, bound) in expectation.bounds() {
        match verdict.measures.iter().find(|measure| measure.name == *name) {
            None => misses.push(format!("{name} was not measured")),
            Some(measure) if !bound.admits(measure.value) => {
                misses.push(format!("{name} is {}, predicted {bound}", measure.value));
            }
            Some(_) => {}
        }
    }
    misses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(flipped: bool, broke: bool) -> Proof {
        let verdict = if broke { Err("broke".to_owned()) } else { Ok(Verdict::holds_if(!flipped)) };
        Proof { changes: Vec::new(), verdict, flipped }
    }

    #[test]
    fn controls_decide_what_a_hold_is_worth() {
        let (flips, stands, breaks) = (|| proof(true, false), || proof(false, false), || proof(false, true));
        assert_eq!(outcome_of(&[flips(), flips()]), None);
        assert_eq!(outcome_of(&[]), Some(Outcome::Unproven));
        assert_eq!(outcome_of(&[stands()]), Some(Outcome::Unproven));
        assert_eq!(outcome_of(&[flips(), stands()]), Some(Outcome::Surprise));
        assert_eq!(outcome_of(&[breaks()]), Some(Outcome::Inconclusive));
        assert_eq!(outcome_of(&[flips(), breaks()]), Some(Outcome::Inconclusive));
    }
}
