//! The evidence: one part per scenario, and in it one fold per finding with all that was seen.

use super::escape::{self, code, text};
use super::transcript::{self, Depth};
use super::{look, matrix, sequence};
use crate::State;
use crate::formats::words;
use crate::model::{Finding, Measure, ProofStatus, Run, Scenario, Source, Verdict};

/// Renders the evidence.
pub(super) fn render(run: &Run, depth: Depth) -> String {
    let mut out = String::from(
        "<section id=\"evidence\" aria-labelledby=\"evidence-head\">\n<h2 id=\"evidence-head\">Evidence</h2>\n",
    );
    for (group, scenarios) in matrix::groups(&run.scenarios.iter().collect::<Vec<_>>()) {
        put!(out, "<h3 class=\"group-head\">{}</h3>\n", text(group));
        for scenario in scenarios {
            out.push_str(&part(run, scenario, depth));
        }
    }
    out.push_str("</section>\n");
    out
}

fn part(run: &Run, scenario: &Scenario, depth: Depth) -> String {
    let steps = escape::items(scenario.steps.iter().map(|step| text(step)));
    let sources = escape::items(scenario.sources.iter().map(source));
    let mut out = format!(
        "<article class=\"scenario\" id=\"scenario-{}\">\n<h4>{}</h4>\n<p class=\"id\">{}</p>\n\
         <p class=\"property\"><span>Property</span> {}</p>\n<div class=\"about\">\
         <div><h5>Attacker</h5><p>{}</p></div><div><h5>Steps</h5><ol>{steps}</ol></div>\
         <div><h5>Sources</h5><ul>{sources}</ul></div></div>\n",
        escape::fragment(&scenario.id),
        text(&scenario.title),
        code(&scenario.id),
        text(&scenario.property),
        text(&scenario.attacker)
    );
    for deployment in &run.deployments {
        for finding in run.cell(&scenario.id, &deployment.id) {
            out.push_str(&fold(finding, depth));
        }
    }
    out.push_str("</article>\n");
    out
}

fn source(source: &Source) -> String {
    let name = format!("{} {}", text(&source.document), text(&source.section));
    if source.url.starts_with("https://") {
        format!("<a rel=\"noreferrer\" href=\"{}\">{name}</a>", text(&source.url))
    } else {
        name
    }
}

fn fold(finding: &Finding, depth: Depth) -> String {
    let state = State::of(finding);
    let headline = finding.measures.first().map_or_else(String::new, |measure| {
        format!("<span class=\"headline\">{}: {}</span>", text(&measure.name), text(&words::value_of(measure)))
    });
    // The fragment stands inside the fold: browsers open a fold for a target within it, not for the fold itself.
    let mut out = format!(
        "<details class=\"finding {}\"{}>\n<summary>{} <b>{}</b> <span class=\"layer\">{}</span> {headline}</summary>\n\
         <div class=\"body\" id=\"{}\">\n",
        look::class(state),
        if state == State::Surprise { " open" } else { "" },
        look::chip(state),
        text(&finding.deployment),
        finding.layer.name(),
        escape::finding(finding)
    );
    out.push_str(&judgement(finding));
    out.push_str(&measures(&finding.measures));
    out.push_str(&proof(finding));
    put!(
        out,
        "<h5>Play it again</h5>\n<pre class=\"command\" tabindex=\"0\">{}</pre>\n",
        text(&finding.repeat_command)
    );
    out.push_str(&sequence::render(finding));
    out.push_str(&transcript::render(finding, depth));
    out.push_str("</div>\n</details>\n");
    out
}

fn judgement(finding: &Finding) -> String {
    let saw = finding.verdict.map_or("nothing was learnt", Verdict::name);
    let mut out = String::from("<dl class=\"facts\">");
    if finding.outcome != crate::model::Outcome::NotApplicable {
        put!(out, "<div><dt>Predicted</dt><dd>{}</dd></div>", text(&finding.predicted));
        put!(out, "<div><dt>Saw</dt><dd>{saw}</dd></div>");
    }
    put!(out, "<div><dt>Outcome</dt><dd>{}</dd></div>", finding.outcome.name().replace('-', " "));
    if let Some(reason) = &finding.reason {
        put!(out, "<div class=\"why\"><dt>Why</dt><dd>{}</dd></div>", text(reason));
    }
    put!(out, "<div><dt>Took</dt><dd>{} ms</dd></div></dl>\n", finding.milliseconds);
    out
}

fn measures(measures: &[Measure]) -> String {
    if measures.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<table class=\"measures\"><thead><tr><th scope=\"col\">Measure</th><th scope=\"col\" class=\"number\">Value</th>\
         <th scope=\"col\">Predicted</th><th scope=\"col\">Kind</th></tr></thead><tbody>",
    );
    for measure in measures {
        put!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td>{}</td><td>{}</td></tr>",
            text(&measure.name),
            text(&words::value_of(measure)),
            text(measure.bound.as_deref().unwrap_or("–")),
            words::kind_of(measure)
        );
    }
    out.push_str("</tbody></table>\n");
    out
}

fn proof(finding: &Finding) -> String {
    let words = match finding.proof.status {
        ProofStatus::Proven => "Proven: without the protection the same attack works.",
        ProofStatus::Unproven => "Unproven: no control was seen to flip it.",
        ProofStatus::NotRequired => "No proof is needed: nothing held here.",
        ProofStatus::Contradicted => "Contradicted: it still held without the protection that was thought to stand.",
    };
    let mut out = format!("<h5>Proof</h5>\n<p class=\"proof {}\">{words}</p>\n", finding.proof.status.name());
    if finding.proof.by.is_empty() {
        return out;
    }
    out.push_str("<ul class=\"controls\">");
    for play in &finding.proof.by {
        let changes: Vec<String> = play.changes.iter().map(|change| code(change)).collect();
        let state = match play.verdict {
            Some(Verdict::Holds) => State::Holds,
            Some(Verdict::Violated) => State::Violated,
            None => State::Inconclusive,
        };
        put!(
            out,
            "<li>{} → {} {}</li>",
            changes.join(" and "),
            look::chip(state),
            text(&words::measures(&play.measures))
        );
    }
    out.push_str("</ul>\n");
    out
}
