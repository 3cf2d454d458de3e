//! One HTML file that opens from disk: no script, no request, readable without its style sheet.
//!
//! The page's own policy allows nothing but the one style sheet, by its hash. All text is escaped, because a transcript
//! holds the payloads of attacks. Charts are SVG with presentation attributes; there are no style attributes.

mod answers;
mod deployments;
mod detail;
mod escape;
mod look;
mod masthead;
mod matrix;
mod method;
mod protections;
mod sequence;
mod transcript;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Format;
use crate::model::Run;
use transcript::Depth;

/// One HTML file.
pub const FORMAT: Format = Format {
    name: "html",
    file: "index.html",
    about: "one HTML file for people; opens from disk, needs no script",
    render,
};

const STYLE: &str = include_str!("html/style.css");
/// Above this many bytes the evidence is shortened: browsers get slow, and `run.json` holds all of it.
const BUDGET: usize = 6 << 20;

/// Renders the run as one self-contained page.
pub fn render(run: &Run) -> String {
    let mut page = page(run, Depth::Full);
    for depth in [Depth::Brief, Depth::Remarkable] {
        if page.len() <= BUDGET {
            break;
        }
        page = self::page(run, depth);
    }
    page
}

fn page(run: &Run, depth: Depth) -> String {
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>BFF or SPA with a public API? Run {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the answers</a>\n",
        escape::text(&run.run.id)
    );
    out.push_str(&masthead::render(run));
    out.push_str("<main id=\"main\">\n");
    out.push_str(&answers::render(run));
    out.push_str(&look::render(run));
    out.push_str(&matrix::render(run));
    out.push_str(&protections::render(run));
    out.push_str(&deployments::render(run));
    out.push_str(&detail::render(run, depth));
    out.push_str(&method::render(run, depth));
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run;

    #[test]
    fn the_policy_allows_exactly_the_style_sheet_that_is_emitted() {
        let page = render(&sample_run());
        let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, style.as_bytes()));
        assert!(page.contains(&format!("default-src 'none'; style-src 'sha256-{hash}';")));
        assert_eq!(page.matches("<style>").count(), 1);
    }

    #[test]
    fn loads_nothing_and_runs_nothing() {
        let page = render(&sample_run());
        for forbidden in
            ["<script", "<img", "<link", "<iframe", "<object", "<form", " style=", " src=\"", "@import", "url("]
        {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(!page.contains("href=\"javascript:"));
        for target in page.split("href=\"").skip(1) {
            assert!(target.starts_with('#') || target.starts_with("https://"), "{}", &target[..40]);
        }
    }

    #[test]
    fn payloads_stay_text() {
        let page = render(&sample_run());
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"));
        assert_eq!(page.matches("</style>").count(), 1);
        assert!(!page.contains('\u{202e}') && !page.contains('\u{0}') && !page.contains('\u{1b}'));
    }

    #[test]
    fn every_link_has_its_target_and_every_id_is_there_once() {
        let page = render(&sample_run());
        let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(ids.contains(&link), "{link}");
        }
    }

    #[test]
    fn shortens_the_evidence_of_a_huge_run_but_keeps_what_wants_a_look() {
        let mut run = sample_run();
        let mut long = run.findings[4].clone();
        long.exchanges.iter_mut().for_each(|exchange| exchange.response_body = Some("x".repeat(20_000)));
        run.findings[4] = long.clone();
        for n in 0..200 {
            let mut calm = long.clone();
            calm.scenario = format!("calm-{n}");
            calm.outcome = crate::model::Outcome::AsPredicted;
            run.scenarios.push(crate::model::Scenario { id: calm.scenario.clone(), ..run.scenarios[1].clone() });
            run.findings.push(calm);
        }
        let page = render(&run);
        assert!(page.len() < 2 * BUDGET, "{}", page.len());
        assert!(page.contains("left out to keep this page light"));
    }
}
