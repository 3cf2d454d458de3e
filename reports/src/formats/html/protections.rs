//! What each protection buys: the smallest sets of changes, and the scenarios that were seen to fall without them.

use super::escape::{self, code, text};
use crate::model::{Run, Verdict};

/// Renders the table.
pub(super) fn render(run: &Run) -> String {
    let mut out = String::from(
        "<section id=\"protections\" aria-labelledby=\"protections-head\">\n\
         <h2 id=\"protections-head\">What each protection buys</h2>\n",
    );
    let fallen = fallen(run);
    if fallen.is_empty() {
        out.push_str("<p class=\"quiet\">No control was played.</p>\n</section>\n");
        return out;
    }
    out.push_str(
        "<p>Each line takes one smallest set of protections away; the scenarios beside it were then seen to fall. A line \
         with several changes is defence in depth: any one of them alone still holds.</p>\n\
         <div class=\"scroll\" role=\"region\" aria-labelledby=\"protections-head\" tabindex=\"0\">\n\
         <table><thead><tr><th scope=\"col\">Without</th><th scope=\"col\">falls</th><th scope=\"col\" class=\"number\">scenarios</th>\
         </tr></thead>\n<tbody>\n",
    );
    for (changes, scenarios) in fallen {
        let names: Vec<String> = scenarios
            .iter()
            .map(|id| match run.scenario(id) {
                Some(_) => format!("<a href=\"#scenario-{}\">{}</a>", escape::fragment(id), text(id)),
                None => text(id),
            })
            .collect();
        let changes: Vec<String> = changes.iter().map(|change| code(change)).collect();
        put!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"links\">{}</td><td class=\"number\">{}</td></tr>\n",
            changes.join(" and "),
            names.join(" "),
            scenarios.len()
        );
    }
    out.push_str("</tbody></table></div>\n</section>\n");
    out
}

/// Returns the sets of changes with the scenarios that fell, those that carry most first.
fn fallen(run: &Run) -> Vec<(&[String], Vec<&str>)> {
    let mut fallen: Vec<(&[String], Vec<&str>)> = Vec::new();
    for finding in run.findings.iter().filter(|finding| finding.verdict == Some(Verdict::Holds)) {
        for play in finding.proof.by.iter().filter(|play| play.verdict == Some(Verdict::Violated)) {
            let known = fallen.iter().position(|(changes, _)| *changes == play.changes).unwrap_or(fallen.len());
            if known == fallen.len() {
                fallen.push((&play.changes, Vec::new()));
            }
            let scenarios = &mut fallen[known].1;
            if !scenarios.contains(&finding.scenario.as_str()) {
                scenarios.push(&finding.scenario);
            }
        }
    }
    fallen.sort_by_key(|(_, scenarios)| std::cmp::Reverse(scenarios.len()));
    fallen
}
