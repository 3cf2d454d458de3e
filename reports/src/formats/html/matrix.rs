//! The matrix: scenarios down, deployments across, a glyph and a word in each cell that lead to the evidence.
//!
//! On a narrow screen each row becomes a card. The filters need no script: a checkbox hides rows through `:has()`.

use super::escape::{self, code, text};
use super::look;
use crate::State;
use crate::model::{Deployment, Finding, Run, Scenario};

/// Renders the matrix.
pub(super) fn render(run: &Run) -> String {
    let mut out =
        String::from("<section id=\"matrix\" aria-labelledby=\"matrix-head\">\n<h2 id=\"matrix-head\">Matrix</h2>\n");
    out.push_str(
        "<fieldset class=\"filters\"><legend>Show</legend>\
         <label><input type=\"checkbox\" id=\"only-different\"> only rows that differ</label>\
         <label><input type=\"checkbox\" id=\"only-look\"> only rows that want a look</label>\
         <label><input type=\"checkbox\" id=\"no-weak\"> without weak deployments</label></fieldset>\n",
    );
    let (deployments, scenarios) = run.part(true);
    if !scenarios.is_empty() {
        out.push_str(&table(run, "matrix-head", &deployments, &scenarios));
    }
    let (providers, checks) = run.part(false);
    if !checks.is_empty() {
        out.push_str(
            "<h3 id=\"self-head\">The identity provider’s own checks</h3>\n\
             <p>Without them a result above could be the provider’s mistake. They take no part in the comparison.</p>\n",
        );
        out.push_str(&table(run, "self-head", &providers, &checks));
    }
    out.push_str(&legend());
    out.push_str("</section>\n");
    out
}

/// Renders one table: these scenarios down, these deployments across.
fn table(run: &Run, label: &str, deployments: &[&Deployment], scenarios: &[&Scenario]) -> String {
    let mut out = format!(
        "<div class=\"scroll matrix\" role=\"region\" aria-labelledby=\"{label}\" tabindex=\"0\">\n\
         <table role=\"table\">\n<thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\" scope=\"col\">Scenario</th>",
    );
    for deployment in deployments {
        out.push_str(&column(deployment));
    }
    out.push_str("</tr></thead>\n");
    for (group, scenarios) in groups(scenarios) {
        put!(
            out,
            "<tbody role=\"rowgroup\"><tr role=\"row\" class=\"group\"><th role=\"rowheader\" scope=\"rowgroup\" \
             colspan=\"{}\"><span>{}</span></th></tr>\n",
            deployments.len() + 1,
            text(group)
        );
        for scenario in scenarios {
            out.push_str(&row(run, deployments, scenario));
        }
        out.push_str("</tbody>\n");
    }
    out.push_str("</table></div>\n");
    out
}

/// Returns the scenarios by group, groups in the order of first sight.
pub(super) fn groups<'a>(scenarios: &[&'a Scenario]) -> Vec<(&'a str, Vec<&'a Scenario>)> {
    let mut groups: Vec<(&str, Vec<&Scenario>)> = Vec::new();
    for scenario in scenarios.iter().copied() {
        match groups.iter_mut().find(|(group, _)| *group == scenario.group) {
            Some((_, scenarios)) => scenarios.push(scenario),
            None => groups.push((&scenario.group, vec![scenario])),
        }
    }
    groups
}

fn column(deployment: &Deployment) -> String {
    format!(
        "<th role=\"columnheader\" scope=\"col\" class=\"{0} {1}\"><a href=\"#{2}\">{3}</a><small>{4}</small></th>",
        escape::fragment(&deployment.architecture),
        escape::fragment(&deployment.class),
        fragment(deployment),
        text(&deployment.id),
        text(&deployment.class)
    )
}

/// Returns the fragment of a deployment.
pub(super) fn fragment(deployment: &Deployment) -> String {
    format!("deployment-{}", escape::fragment(&deployment.id))
}

fn row(run: &Run, deployments: &[&Deployment], scenario: &Scenario) -> String {
    let cells: Vec<(&Deployment, Vec<&Finding>)> =
        deployments.iter().map(|deployment| (*deployment, run.cell(&scenario.id, &deployment.id))).collect();
    let look = cells.iter().flat_map(|(_, findings)| findings).any(|finding| State::of(finding).wants_a_look());
    let mut shown = cells
        .iter()
        .filter(|(deployment, _)| deployment.class != "weak")
        .filter_map(|(_, findings)| findings.first().map(|finding| State::of(finding)));
    let first = shown.next();
    let same = shown.all(|state| Some(state) == first);
    let mut out = format!(
        "<tr role=\"row\" class=\"{}{}\"><th role=\"rowheader\" scope=\"row\"><a href=\"#scenario-{}\">{}</a>{}</th>",
        if same { "same " } else { "" },
        if look { "" } else { "calm" },
        escape::fragment(&scenario.id),
        text(&scenario.title),
        code(&scenario.id)
    );
    for (deployment, findings) in &cells {
        out.push_str(&cell(deployment, findings));
    }
    out.push_str("</tr>\n");
    out
}

fn cell(deployment: &Deployment, findings: &[&Finding]) -> String {
    let mut out = format!(
        "<td role=\"cell\" class=\"{}\" data-label=\"{}\">",
        escape::fragment(&deployment.class),
        text(&deployment.id)
    );
    let mut seen: Vec<State> = Vec::new();
    // The browser is the better witness and comes first; the other layer shows only where it says something else.
    for finding in findings {
        let state = State::of(finding);
        if seen.contains(&state) {
            continue;
        }
        put!(
            out,
            "<a class=\"state {}\" href=\"#{}\" aria-label=\"{} {}: {} on {}, {}\"><span aria-hidden=\"true\">{}</span> {}{}</a>",
            look::class(state),
            escape::finding(finding),
            state.glyph(),
            state.word(),
            text(&finding.scenario),
            text(&finding.deployment),
            finding.layer.name(),
            state.glyph(),
            state.word(),
            if seen.is_empty() { String::new() } else { format!(" <small>{}</small>", finding.layer.name()) }
        );
        seen.push(state);
    }
    if findings.is_empty() {
        out.push_str("<span class=\"quiet\">not played</span>");
    }
    out.push_str("</td>");
    out
}

fn legend() -> String {
    let mut out = String::from("<dl class=\"legend\">\n");
    for state in State::ALL {
        put!(out, "<div><dt>{}</dt><dd>{}</dd></div>\n", look::chip(state), state.meaning());
    }
    out.push_str("</dl>\n");
    out
}
