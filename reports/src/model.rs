//! What a run ends in: plain data, versioned, and the only thing that a report is made from.
//!
//! A minor version only adds fields, and readers ignore fields they do not know; another major version is refused.
//! Times are RFC 3339 in UTC; durations and sizes are numbers with a unit beside them.

mod deployment;
mod exchange;
mod facts;
mod finding;
mod question;
mod scenario;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use deployment::Deployment;
pub use exchange::{Exchange, Header};
pub use facts::{Env, Exit, Facts, Status};
pub use finding::{ControlPlay, Finding, Kind, Layer, Measure, Outcome, Proof, ProofStatus, Verdict};
pub use question::{Answer, FindingRef, Question};
pub use scenario::{Better, MeasureDef, Scenario, Source};

/// The name of the format, in every `run.json`.
pub const FORMAT: &str = "versus.run";
/// The version of the format that this crate writes.
pub const VERSION: &str = "1.0";

/// One run: what was played against what, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Always `versus.run`.
    pub format: String,
    /// Major and minor version of the format.
    pub version: String,
    /// When, how and how it ended.
    pub run: Facts,
    /// What it ran on.
    pub env: Env,
    /// What was attacked, in the order of the columns.
    pub deployments: Vec<Deployment>,
    /// What was attempted, in the order of the rows.
    pub scenarios: Vec<Scenario>,
    /// What was found: one per scenario, deployment and layer.
    pub findings: Vec<Finding>,
    /// The headline: questions with a number, a unit and a link to the evidence.
    #[serde(default)]
    pub questions: Vec<Question>,
}

impl Run {
    /// Makes a run of the present version with nothing in it yet.
    pub fn new(run: Facts, env: Env) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION.to_owned(),
            run,
            env,
            deployments: Vec::new(),
            scenarios: Vec::new(),
            findings: Vec::new(),
            questions: Vec::new(),
        }
    }

    /// Returns the scenario's metadata.
    pub fn scenario(&self, id: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|scenario| scenario.id == id)
    }

    /// Returns the deployments that are compared, or those that are not, with the scenarios that were played against them.
    pub fn part(&self, compared: bool) -> (Vec<&Deployment>, Vec<&Scenario>) {
        let of_part = |deployment: &&Deployment| deployment.is_compared() == compared;
        let deployments: Vec<_> = self.deployments.iter().filter(of_part).collect();
        let is_played = |scenario: &&Scenario| {
            let mut findings = self.findings.iter().filter(|finding| finding.scenario == scenario.id);
            findings.any(|finding| deployments.iter().any(|deployment| deployment.id == finding.deployment))
        };
        let scenarios = self.scenarios.iter().filter(is_played).collect();
        (deployments, scenarios)
    }

    /// Returns the findings of one cell, the browser's first: a real browser is the better witness.
    pub fn cell(&self, scenario: &str, deployment: &str) -> Vec<&Finding> {
        let mut findings: Vec<_> = self
            .findings
            .iter()
            .filter(|finding| finding.scenario == scenario && finding.deployment == deployment)
            .collect();
        findings.sort_by_key(|finding| finding.layer != Layer::Browser);
        findings
    }
}
