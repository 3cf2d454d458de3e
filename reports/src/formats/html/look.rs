//! What somebody has to look at: surprises, unproven and inconclusive findings, with the reason first.

use super::escape::{self, code, text};
use crate::State;
use crate::formats::words;
use crate::model::{Finding, Run};

/// Renders the list.
pub(super) fn render(run: &Run) -> String {
    let mut out =
        String::from("<section id=\"look\" aria-labelledby=\"look-head\">\n<h2 id=\"look-head\">Wants a look</h2>\n");
    let mut found: Vec<&Finding> = run.findings.iter().filter(|finding| State::of(finding).wants_a_look()).collect();
    found.sort_by_key(|finding| State::ALL.iter().position(|state| *state == State::of(finding)));
    if found.is_empty() {
        out.push_str(
            "<p class=\"quiet\">Nothing: every finding is as predicted, and everything that held is proven.</p>\n",
        );
    } else {
        out.push_str("<ol class=\"looks\">\n");
        for finding in found {
            out.push_str(&item(finding));
        }
        out.push_str("</ol>\n");
    }
    out.push_str("</section>\n");
    out
}

fn item(finding: &Finding) -> String {
    format!(
        "<li>{} <a href=\"#{}\">{} on {} ({})</a><p>{}</p><p class=\"again\">{}</p></li>\n",
        chip(State::of(finding)),
        escape::finding(finding),
        text(&finding.scenario),
        text(&finding.deployment),
        finding.layer.name(),
        text(&words::sentence(finding)),
        code(&finding.repeat_command)
    )
}

/// Returns a state's glyph and word.
pub(super) fn chip(state: State) -> String {
    format!(
        "<span class=\"state {}\"><span aria-hidden=\"true\">{}</span> {}</span>",
        class(state),
        state.glyph(),
        state.word()
    )
}

/// Returns the class of a state.
pub(super) fn class(state: State) -> &'static str {
    match state {
        State::Holds => "holds",
        State::Violated => "violated",
        State::Unproven => "unproven",
        State::Surprise => "surprise",
        State::Inconclusive => "inconclusive",
        State::NotApplicable => "none",
    }
}
