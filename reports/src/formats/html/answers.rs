//! The answers: one card per question, numbers first, deployments with the same answer together.

use super::escape::{self, text};
use crate::formats::words;
use crate::model::{Answer, Question, Run};

/// Renders the answers.
pub(super) fn render(run: &Run) -> String {
    let mut out = String::from(
        "<section id=\"answers\" aria-labelledby=\"answers-head\">\n<h2 id=\"answers-head\">Answers</h2>\n",
    );
    if run.questions.is_empty() {
        out.push_str("<p class=\"quiet\">No question can be answered from what was selected.</p>\n");
    }
    out.push_str("<div class=\"questions\">\n");
    for question in &run.questions {
        out.push_str(&card(run, question));
    }
    out.push_str("</div>\n</section>\n");
    out
}

/// Puts answers that say the same together, in the order of first sight.
fn grouped(question: &Question) -> Vec<Vec<&Answer>> {
    let mut groups: Vec<Vec<&Answer>> = Vec::new();
    for answer in &question.answers {
        let same = |group: &&mut Vec<&Answer>| {
            group[0].answer == answer.answer && group[0].value == answer.value && group[0].unit == answer.unit
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(answer),
            None => groups.push(vec![answer]),
        }
    }
    groups
}

fn card(run: &Run, question: &Question) -> String {
    let groups = grouped(question);
    let most = question.answers.iter().filter_map(|answer| answer.value).fold(0.0, f64::max);
    let mut out = format!(
        "<article class=\"question\" id=\"question-{}\">\n<h3>{}</h3>\n",
        escape::fragment(&question.id),
        text(&question.question)
    );
    if groups.len() == 1 && question.answers.len() > 1 {
        out.push_str("<p class=\"tag\">No difference between them</p>\n");
    }
    out.push_str("<ul class=\"groups\">\n");
    for group in &groups {
        out.push_str(&group_row(run, group, most));
    }
    out.push_str("</ul>\n</article>\n");
    out
}

fn group_row(run: &Run, group: &[&Answer], most: f64) -> String {
    let first = group[0];
    let mut out = String::new();
    if let Some(value) = first.value {
        let unit = first.unit.as_deref().filter(|unit| !matches!(*unit, "1" | "count")).unwrap_or_default();
        put!(
            out,
            "<li><div class=\"measure\"><p class=\"value\"><b>{}</b> <span>{}</span></p>{}</div><p class=\"words\">{}</p>",
            words::number(value),
            text(unit),
            bar(value, most),
            text(&first.answer)
        );
    } else {
        put!(out, "<li class=\"worded\"><p class=\"value spoken\"><b>{}</b></p>", text(&first.answer));
    }
    out.push_str("<ul class=\"who\">");
    for answer in group {
        out.push_str(&deployment(run, answer));
    }
    out.push_str("</ul></li>\n");
    out
}

fn deployment(run: &Run, answer: &Answer) -> String {
    let known = run.deployments.iter().find(|deployment| deployment.id == answer.deployment);
    let (architecture, class) = known.map_or(("", ""), |known| (known.architecture.as_str(), known.class.as_str()));
    let mut out = format!(
        "<li class=\"deployment {} {}\">{}",
        escape::fragment(architecture),
        escape::fragment(class),
        text(&answer.deployment)
    );
    let there = answer.evidence.iter().filter(|reference| {
        run.cell(&reference.scenario, &reference.deployment).iter().any(|finding| finding.layer == reference.layer)
    });
    for (place, reference) in there.enumerate() {
        put!(
            out,
            " <a href=\"#{}\" aria-label=\"{} evidence for {}: {}\">{}</a>",
            escape::cell(&reference.scenario, &reference.deployment, reference.layer.name()),
            place + 1,
            text(&answer.deployment),
            text(&reference.scenario),
            place + 1
        );
    }
    out.push_str("</li>");
    out
}

/// Returns a bar that starts at zero.
fn bar(value: f64, most: f64) -> String {
    if most <= 0.0 {
        return String::new();
    }
    let width = value.max(0.0) / most * 200.0;
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 200 8\" width=\"200\" height=\"8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"track\" x=\"0\" y=\"3\" width=\"200\" height=\"2\"/>\
         <rect class=\"fill\" x=\"0\" y=\"0\" width=\"{width:.1}\" height=\"8\" rx=\"2\"/></svg>"
    )
}
