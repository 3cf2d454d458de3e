//! Markdown for a comment on a pull request or the summary of a CI step: short, and never over a comment's limit.
//!
//! Sections stand in the order of their weight; where they do not all fit, the last ones are left out and named.

mod escape;
mod sections;

use super::Format;
use crate::model::Run;

/// Markdown.
pub const FORMAT: Format =
    Format { name: "markdown", file: "summary.md", about: "Markdown for a comment or a CI summary", render };

/// A comment holds 65 536 characters; some are left for whoever wraps it.
const LIMIT: usize = 60_000;
/// What the note about left-out sections may take.
const NOTE: usize = 500;

/// Renders the run as Markdown of fewer than 60 000 characters.
pub fn render(run: &Run) -> String {
    let mut text = format!("<!-- versus:summary v1 -->\n{}", sections::head(run));
    let mut length = text.chars().count();
    let mut left_out = Vec::new();
    for (name, section) in sections::all(run) {
        let more = section.chars().count();
        if section.is_empty() {
            continue;
        }
        if length + more + NOTE < LIMIT {
            text.push('\n');
            text.push_str(&section);
            length += more + 1;
        } else {
            left_out.push(name);
        }
    }
    if !left_out.is_empty() {
        put!(text, "\n_Left out for length: {}. All of it is in the HTML report._\n", left_out.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run;

    #[test]
    fn begins_with_the_questions_and_names_what_wants_a_look() {
        let text = render(&sample_run());
        let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is missing from {text}"));
        assert!(at("### Answers") < at("### Wants a look"));
        assert!(at("### Wants a look") < at("### Matrix"));
        assert!(text.contains("csrf-hostile@bff"));
        assert!(text.contains("1800 s"));
    }

    #[test]
    fn stays_under_the_limit_and_says_what_it_left_out() {
        let mut run = sample_run();
        let (scenario, finding) = (run.scenarios[1].clone(), run.findings[4].clone());
        for n in 0..2_000 {
            let id = format!("row-{n}");
            run.scenarios.push(crate::model::Scenario { id: id.clone(), ..scenario.clone() });
            run.findings.push(crate::model::Finding { scenario: id, ..finding.clone() });
        }
        let text = render(&run);
        assert!(text.chars().count() < 60_000, "{}", text.chars().count());
        assert!(text.contains("Left out for length"));
    }

    #[test]
    fn payloads_stay_text() {
        let text = render(&sample_run());
        for markup in ["<script", "<img", "</style", "|@all", "\u{202e}", "\u{0}"] {
            assert!(!text.contains(markup), "{markup} in {text}");
        }
    }
}
