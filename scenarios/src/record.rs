//! Translates what was found into the one value that every report is rendered from.

use std::time::Duration;

use reports::model::{
    ControlPlay, Deployment, Env, Exchange, Exit as ModelExit, Facts as RunFacts, Finding as Row, Kind, Measure,
    MeasureDef, Outcome as RowOutcome, Proof, ProofStatus, Run as Model, Scenario, Source, Status,
    Verdict as RowVerdict,
};

use crate::catalog;
use crate::cli::Run;
use crate::commands::Exit;
use crate::questions::{self, layer};
use crate::runner::{Finding, Layer, Outcome};
use crate::scenario::{Better, Exactness, Expectation, Verdict};

/// What is known of the run beside its findings.
pub(crate) struct Facts<'a> {
    pub(crate) arguments: &'a Run,
    pub(crate) started: Duration,
    pub(crate) finished: Duration,
    pub(crate) browser: Option<String>,
    pub(crate) interrupted: bool,
}

/// Builds the run, and says how the program ends.
pub(crate) fn record(findings: &[Finding], facts: &Facts<'_>) -> (Model, Exit, Vec<String>) {
    let (exit, reasons) = crate::commands::exit_of(findings, facts.interrupted);
    let layers: Vec<Layer> = [Layer::Protocol, Layer::Browser]
        .into_iter()
        .filter(|layer| findings.iter().any(|finding| finding.cell.layer == *layer))
        .collect();
    let run = RunFacts {
        id: format!("run-{}", facts.started.as_millis()),
        started: rfc3339(facts.started),
        finished: rfc3339(facts.finished),
        status: if facts.interrupted { Status::Partial } else { Status::Complete },
        layer: if layers.len() == 2 {
            "both".to_owned()
        } else {
            layers.first().map_or("both", |layer| layer.name()).to_owned()
        },
        selection: facts.arguments.select.clone(),
        args: facts.arguments.set.iter().map(|set| format!("--set {set}")).collect(),
        exit: ModelExit {
            code: exit.code(),
            name: exit.name().to_owned(),
            reasons: if exit == Exit::Ok { Vec::new() } else { reasons.clone() },
        },
    };
    let env = Env {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        browser: facts.browser.clone(),
        flags: Vec::new(),
    };
    let mut model = Model::new(run, env);
    model.deployments = deployments(findings);
    model.scenarios = scenarios(findings);
    model.findings = findings.iter().map(row).collect();
    model.questions = questions::answer(findings);
    (model, exit, reasons)
}

/// Says in one line how the cells ended.
pub(crate) fn closing(run: &Model) -> String {
    let tally = reports::Tally::of(run);
    format!(
        "{} cells: {} hold ({} proven, {} controls played), {} violated, {} not applicable, {} surprises, {} unproven, {} inconclusive",
        tally.findings,
        tally.holds,
        tally.proven,
        tally.controls,
        tally.violated,
        tally.not_applicable,
        tally.surprises,
        tally.unproven,
        tally.inconclusive
    )
}

fn deployments(findings: &[Finding]) -> Vec<Deployment> {
    let mut all: Vec<Deployment> = Vec::new();
    for finding in findings {
        let deployment = &finding.cell.deployment;
        if all.iter().all(|known| known.id != deployment.described()) {
            all.push(Deployment {
                id: deployment.described(),
                architecture: deployment.architecture.name().to_owned(),
                class: deployment.class.name().to_owned(),
                changes: deployment.changes.iter().map(|(key, value)| format!("{key}={value}")).collect(),
                settings: serde_json::to_value(&deployment.settings).unwrap_or_default(),
            });
        }
    }
    all
}

fn scenarios(findings: &[Finding]) -> Vec<Scenario> {
    catalog::scenarios()
        .filter(|scenario| findings.iter().any(|finding| finding.cell.scenario.id == scenario.id))
        .map(|scenario| Scenario {
            id: scenario.id.to_owned(),
            title: scenario.title.to_owned(),
            group: catalog::group_of(scenario.id).to_owned(),
            property: scenario.property.to_owned(),
            attacker: scenario.attacker.to_string(),
            steps: scenario.steps.iter().map(|step| (*step).to_owned()).collect(),
            sources: scenario
                .sources
                .iter()
                .map(|source| Source {
                    document: source.document.to_owned(),
                    section: source.section.to_owned(),
                    url: source.url(),
                })
                .collect(),
            measures: scenario
                .measures
                .iter()
                .map(|measure| MeasureDef {
                    name: measure.name.to_owned(),
                    unit: measure.unit.to_owned(),
                    better: match measure.better {
                        Better::Lower => reports::model::Better::Lower,
                        Better::Neither => reports::model::Better::Neither,
                    },
                })
                .collect(),
        })
        .collect()
}

fn row(finding: &Finding) -> Row {
    let deployment = &finding.cell.deployment;
    Row {
        scenario: finding.cell.scenario.id.to_owned(),
        deployment: deployment.described(),
        layer: layer(finding.cell.layer),
        outcome: match finding.outcome {
            Outcome::AsPredicted => RowOutcome::AsPredicted,
            Outcome::Surprise => RowOutcome::Surprise,
            Outcome::Unproven => RowOutcome::Unproven,
            Outcome::Inconclusive => RowOutcome::Inconclusive,
            Outcome::NotApplicable => RowOutcome::NotApplicable,
        },
        verdict: finding.verdict.as_ref().map(verdict),
        predicted: crate::commands::prediction(&finding.expectation),
        reason: reason(finding),
        measures: finding.verdict.as_ref().map(|verdict| measures(finding, verdict)).unwrap_or_default(),
        proof: proof(finding),
        repeat_command: repeat(finding),
        milliseconds: u64::try_from(finding.took.as_millis()).unwrap_or(u64::MAX),
        exchanges: finding.exchanges.iter().map(exchange).collect(),
    }
}

fn reason(finding: &Finding) -> Option<String> {
    let notes = finding.verdict.iter().flat_map(|verdict| verdict.notes.iter());
    let all: Vec<String> = finding.reasons.iter().chain(notes).cloned().collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn verdict(verdict: &Verdict) -> RowVerdict {
    if verdict.holds { RowVerdict::Holds } else { RowVerdict::Violated }
}

fn measures(finding: &Finding, verdict: &Verdict) -> Vec<Measure> {
    let bounds = finding.expectation.bounds();
    verdict
        .measures
        .iter()
        .map(|measure| Measure {
            name: measure.name.to_owned(),
            value: measure.value,
            unit: finding
                .cell
                .scenario
                .measures
                .iter()
                .find(|known| known.name == measure.name)
                .map_or(String::new(), |known| known.unit.to_owned()),
            kind: match measure.exactness {
                Exactness::Exact => Kind::Exact,
                Exactness::Estimate => Kind::Estimate,
                Exactness::Censored => Kind::Censored,
            },
            bound: bounds.iter().find(|(name, _)| *name == measure.name).map(|(_, bound)| bound.to_string()),
        })
        .collect()
}

fn proof(finding: &Finding) -> Proof {
    let holds = finding.verdict.as_ref().is_some_and(|verdict| verdict.holds);
    let flipped = finding.proofs.iter().filter(|proof| proof.flipped).count();
    let status = if !holds || !matches!(finding.expectation, Expectation::Holds(_)) {
        ProofStatus::NotRequired
    } else if flipped == 0 {
        ProofStatus::Unproven
    } else if flipped < finding.proofs.len() {
        ProofStatus::Contradicted
    } else {
        ProofStatus::Proven
    };
    let by = finding.proofs.iter().map(|proof| ControlPlay {
        changes: proof.changes.iter().map(|(key, value)| format!("{key}={value}")).collect(),
        verdict: proof.verdict.as_ref().ok().map(verdict),
        measures: proof
            .verdict
            .as_ref()
            .map(|verdict| measures(finding, verdict))
            .unwrap_or_default()
            .into_iter()
            .map(unbounded)
            .collect(),
    });
    Proof { status, by: by.collect() }
}

/// A control's measures have bounds of their own prediction, not of the reference's.
fn unbounded(measure: Measure) -> Measure {
    Measure { bound: None, ..measure }
}

fn repeat(finding: &Finding) -> String {
    let deployment = &finding.cell.deployment;
    let mut command = format!(
        "cargo run -- run {}@{} --layer {}",
        finding.cell.scenario.id,
        deployment.id,
        finding.cell.layer.name()
    );
    for (key, value) in &deployment.changes {
        command.push_str(&format!(" --set {key}={value}"));
    }
    command
}

fn exchange(exchange: &hosting::Exchange) -> Exchange {
    let mut credentials = exchange.sent.clone();
    credentials.extend(exchange.received.iter().filter(|label| !exchange.sent.contains(label)).cloned());
    Exchange {
        n: u64::try_from(exchange.n).unwrap_or(u64::MAX),
        from: exchange.from.clone(),
        to: exchange.to.clone(),
        method: exchange.method.clone(),
        path: exchange.path.clone(),
        status: exchange.status,
        request_headers: exchange.request_headers.clone(),
        response_headers: exchange.response_headers.clone(),
        request_body: exchange.request_body.clone(),
        response_body: exchange.response_body.clone(),
        credentials,
        note: Some(format!("{} {}", exchange.host, exchange.version)),
    }
}

/// Writes a time as RFC 3339 in UTC.
fn rfc3339(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest % 3600 / 60, rest % 60)
}

/// The proleptic Gregorian date of a day since 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_as_rfc_3339() {
        assert_eq!(rfc3339(Duration::ZERO), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(Duration::from_secs(951_827_696)), "2000-02-29T12:34:56Z");
        assert_eq!(rfc3339(Duration::from_secs(1_795_564_800)), "2026-11-25T00:00:00Z");
    }
}
