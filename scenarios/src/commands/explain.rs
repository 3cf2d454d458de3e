//! `versus explain`: all that a scenario says of itself.

use crate::catalog;
use crate::deployment;
use crate::progress::print;
use crate::scenario::{Expectation, Scenario};

use super::select::known;
use super::{Exit, Failure};

/// Prints a scenario.
pub(super) fn explain(id: &str) -> Result<Exit, Failure> {
    let ids: Vec<String> = catalog::scenarios().map(|scenario| scenario.id.to_owned()).collect();
    known("scenario", id, &ids)?;
    for scenario in catalog::scenarios().filter(|scenario| scenario.id == id) {
        print(&text(scenario));
    }
    Ok(Exit::Ok)
}

fn text(scenario: &Scenario) -> String {
    let mut out = format!(
        "{} — {}\n\nProperty   {}\nAttacker   {}\n\nSteps\n",
        scenario.id, scenario.title, scenario.property, scenario.attacker
    );
    for (n, step) in scenario.steps.iter().enumerate() {
        out.push_str(&format!("  {}. {step}\n", n + 1));
    }
    out.push_str("\nPrediction\n");
    let group = catalog::ALL.iter().find(|group| group.scenarios.iter().any(|known| known.id == scenario.id));
    for named in deployment::ALL {
        let deployment = named.deployment().ok();
        if let Some(deployment) = deployment.filter(|one| group.is_some_and(|group| group.plays_on(one))) {
            out.push_str(&format!("  {:<5} {}\n", named.id, prediction(&(scenario.expect)(&deployment))));
        }
    }
    out.push_str("\nControls, each a smallest set of changes that flips it\n");
    for control in scenario.controls {
        let changes: Vec<String> = control.changes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        out.push_str(&format!("  {}\n", changes.join(" + ")));
    }
    out.push_str("\nSources\n");
    for source in scenario.sources {
        out.push_str(&format!("  {} {} <{}>\n", source.document, source.section, source.url()));
    }
    out.push_str(&format!("\nRepeat     cargo run -- run {}", scenario.id));
    out
}

/// Says a prediction in words.
pub(crate) fn prediction(expectation: &Expectation) -> String {
    let word = match expectation {
        Expectation::NotApplicable(reason) => return format!("not applicable: {reason}"),
        Expectation::Holds(_) => "holds",
        Expectation::Violated(_) => "violated",
    };
    let bounds: Vec<String> = expectation.bounds().iter().map(|(name, bound)| format!("{name}: {bound}")).collect();
    if bounds.is_empty() { word.to_owned() } else { format!("{word} ({})", bounds.join("; ")) }
}
