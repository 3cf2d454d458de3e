//! The parts of the Markdown report, each a text of its own, so that whole parts can be left out.

use super::escape::{code, text};
use crate::formats::words;
use crate::model::{Answer, Deployment, ProofStatus, Run, Scenario, Status};
use crate::{State, Tally};

/// How many findings are listed by name.
const LISTED: usize = 40;
/// How many characters of a sentence are shown.
const SENTENCE: usize = 300;

/// Returns the head: how the run ended, and how far to trust it.
pub(super) fn head(run: &Run) -> String {
    let (facts, tally) = (&run.run, Tally::of(run));
    let partial = if facts.status == Status::Partial { " · **partial: interrupted**" } else { "" };
    let mut out = format!("## BFF vs SPA — {} (exit {})\n\n", text(&facts.exit.name), facts.exit.code);
    put!(
        out,
        "{} findings · {} of {} that held are proven · {} surprises · {} unproven · {} inconclusive{partial}\n\n",
        tally.findings,
        tally.proven,
        tally.held,
        tally.surprises,
        tally.unproven,
        tally.inconclusive
    );
    for reason in facts.exit.reasons.iter().take(10) {
        put!(out, "- {}\n", text(&words::start(reason, SENTENCE)));
    }
    out
}

/// Returns all other parts with their names, the weightiest first.
pub(super) fn all(run: &Run) -> Vec<(&'static str, String)> {
    vec![
        ("answers", answers(run)),
        ("what wants a look", look(run)),
        ("matrix", matrix(run)),
        ("controls", controls(run)),
        ("deployments", deployments(run)),
        ("provenance", provenance(run)),
    ]
}

fn answers(run: &Run) -> String {
    if run.questions.is_empty() {
        return String::new();
    }
    let asked: Vec<&str> = run
        .deployments
        .iter()
        .map(|deployment| deployment.id.as_str())
        .filter(|id| {
            run.questions.iter().any(|question| question.answers.iter().any(|answer| answer.deployment == *id))
        })
        .collect();
    let mut out = String::from("### Answers\n\n");
    out.push_str(&row("Question", asked.iter().map(|id| code(id))));
    out.push_str(&rule(asked.len()));
    for question in &run.questions {
        let cells = asked.iter().map(|id| {
            question.answers.iter().find(|answer| answer.deployment == *id).map_or_else(|| "–".to_owned(), answered)
        });
        out.push_str(&row(&text(&question.question), cells));
    }
    out
}

fn answered(answer: &Answer) -> String {
    let words = text(&words::start(&answer.answer, SENTENCE));
    match answer.value {
        Some(value) => {
            let number = words::quantity(value, answer.unit.as_deref().unwrap_or_default());
            format!("**{}** {words}", text(&number))
        }
        None => words,
    }
}

fn look(run: &Run) -> String {
    let found: Vec<_> = run.findings.iter().filter(|finding| State::of(finding).wants_a_look()).collect();
    if found.is_empty() {
        return String::new();
    }
    let mut out = String::from("### Wants a look\n\n| | Cell | What happened | Again |\n|---|---|---|---|\n");
    for finding in found.iter().take(LISTED) {
        let state = State::of(finding);
        put!(
            out,
            "| {} {} | {} {} | {} | {} |\n",
            text(state.glyph()),
            state.word(),
            code(&format!("{}@{}", finding.scenario, finding.deployment)).replace("&#64;", "@"),
            finding.layer.name(),
            text(&words::start(&words::sentence(finding), SENTENCE)),
            code(&words::start(&finding.repeat_command, SENTENCE)).replace("&#64;", "@"),
        );
    }
    if found.len() > LISTED {
        put!(out, "\n… and {} more\n", found.len() - LISTED);
    }
    out
}

fn matrix(run: &Run) -> String {
    let mut out = String::from("### Matrix\n\n");
    let (deployments, scenarios) = run.part(true);
    if !scenarios.is_empty() {
        out.push_str(&table(run, &deployments, &scenarios));
    }
    let (providers, checks) = run.part(false);
    if !checks.is_empty() {
        out.push_str("\nThe identity provider's own checks, which take no part in the comparison:\n\n");
        out.push_str(&table(run, &providers, &checks));
    }
    out.push('\n');
    for state in State::ALL {
        put!(out, "- {} {}: {}\n", text(state.glyph()), state.word(), state.meaning());
    }
    out
}

fn table(run: &Run, deployments: &[&Deployment], scenarios: &[&Scenario]) -> String {
    let mut out = row("Scenario", deployments.iter().map(|deployment| code(&deployment.id)));
    out.push_str(&rule(deployments.len()));
    for scenario in scenarios {
        let cells = deployments.iter().map(|deployment| {
            let findings = run.cell(&scenario.id, &deployment.id);
            let Some(first) = findings.first() else { return " ".to_owned() };
            let worst = findings.iter().copied().find(|finding| State::of(finding).wants_a_look()).unwrap_or(first);
            let state = State::of(worst);
            format!("{} {}", text(state.glyph()), state.word())
        });
        let title = format!("{} {}", code(&scenario.id), text(&words::start(&scenario.title, 80)));
        out.push_str(&row(&title, cells));
    }
    out
}

fn controls(run: &Run) -> String {
    let mut lines: Vec<String> = Vec::new();
    for finding in run.findings.iter().filter(|finding| finding.proof.status == ProofStatus::Proven) {
        for play in &finding.proof.by {
            let line = format!("| {} | {} |\n", code(&play.changes.join(" + ")), code(&finding.scenario));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("### What takes protection away\n\n| Without | this falls |\n|---|---|\n{}", lines.concat())
}

fn deployments(run: &Run) -> String {
    let mut out = String::from("### Deployments\n\n| Name | Architecture | Class | Changes |\n|---|---|---|---|\n");
    for deployment in &run.deployments {
        put!(
            out,
            "| {} | {} | {} | {} |\n",
            code(&deployment.id),
            text(&deployment.architecture),
            text(&deployment.class),
            deployment.changes.iter().map(|change| code(change)).collect::<Vec<_>>().join(" ")
        );
    }
    out
}

fn provenance(run: &Run) -> String {
    format!(
        "<sub>versus {} · {} · {} · run {} · {} to {} · format {}</sub>\n",
        text(&run.env.tool),
        text(&run.env.os),
        text(run.env.browser.as_deref().unwrap_or("no browser")),
        text(&run.run.id),
        text(&run.run.started),
        text(&run.run.finished),
        text(&run.version)
    )
}

fn row(head: &str, cells: impl Iterator<Item = String>) -> String {
    format!("| {head} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

fn rule(columns: usize) -> String {
    format!("|{}\n", "---|".repeat(columns + 1))
}
