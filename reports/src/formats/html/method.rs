//! How the page is to be read, what it does not show, and what it was made from.

use super::escape::{code, text};
use super::transcript::Depth;
use crate::model::Run;

/// Renders the method.
pub(super) fn render(run: &Run, depth: Depth) -> String {
    let env = &run.env;
    let mut out = String::from(
        "<section id=\"method\" aria-labelledby=\"method-head\">\n<h2 id=\"method-head\">Method and limits</h2>\n<ul class=\"prose\">\n\
         <li>An attack that succeeds where the author predicted it is a correct result. There is no score and no grade: how many \
         rows an architecture wins says more about the catalogue than about the architecture.</li>\n\
         <li>Nothing counts as held without a proof: the same attack has to work once the protection is taken away.</li>\n\
         <li>Where a scenario has both layers, the matrix shows the browser’s, and the other one where it says something else.</li>\n\
         <li>Exact times come from a clock that the harness moves. ≈ marks an estimate; ≥ marks what was still so when watching \
         stopped.</li>\n\
         <li>Everything runs on one machine: network zones are a model, and times over loopback are not times over the internet.</li>\n\
         <li>A credential shows as its label, <b class=\"credential\">‹at#2›</b>, the same one wherever it was seen. No secret \
         is in this file.</li>\n",
    );
    if depth != Depth::Full {
        out.push_str("<li>The evidence was shortened here to keep this page light; <code>run.json</code> holds all of it.</li>\n");
    }
    out.push_str("</ul>\n<dl class=\"facts\">\n");
    let mut fact = |name: &str, value: String| put!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>\n");
    fact("Program", format!("versus {}", text(&env.tool)));
    fact("System", text(&env.os));
    fact("Browser", text(env.browser.as_deref().unwrap_or("none")));
    if !env.flags.is_empty() {
        fact("Browser flags", code(&env.flags.join(" ")));
    }
    fact("Run", format!("{}, format {} {}", text(&run.run.id), text(&run.format), text(&run.version)));
    if !run.run.selection.is_empty() {
        fact("Selection", code(&run.run.selection.join(" ")));
    }
    out.push_str("</dl>\n</section>\n");
    out
}
