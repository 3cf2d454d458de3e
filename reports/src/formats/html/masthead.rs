//! The head of the page: the question, the run, and how far to trust it.

use super::escape::{self, code, text};
use crate::Tally;
use crate::model::{Run, Status};

/// Renders the head.
pub(super) fn render(run: &Run) -> String {
    let facts = &run.run;
    let mut out = format!(
        "<header class=\"masthead\">\n<p class=\"eyebrow\">versus · run {} · {} to {}</p>\n\
         <h1>BFF or SPA with a public API?</h1>\n\
         <p class=\"lede\">Every row is an attempt to break one property, played against each deployment. What the author \
         predicted is held against what was seen, and what held is proven by taking the protection away.</p>\n",
        text(&facts.id),
        text(&facts.started),
        text(&facts.finished)
    );
    out.push_str(&trust(run));
    out.push_str(
        "<nav aria-label=\"Sections\"><a href=\"#answers\">Answers</a><a href=\"#look\">Wants a look</a>\
         <a href=\"#matrix\">Matrix</a><a href=\"#protections\">Protections</a><a href=\"#deployments\">Deployments</a>\
         <a href=\"#evidence\">Evidence</a><a href=\"#method\">Method</a></nav>\n</header>\n",
    );
    out
}

fn trust(run: &Run) -> String {
    let (facts, tally) = (&run.run, Tally::of(run));
    let mut out = String::from("<ul class=\"trust\" aria-label=\"How far to trust this run\">\n");
    let mut chip = |good: bool, number: String, words: &str| {
        let class = if good { "good" } else { "bad" };
        put!(out, "<li class=\"{class}\"><b>{}</b> {}</li>\n", text(&number), text(words));
    };
    let complete = facts.status == Status::Complete;
    let status = if complete { "complete" } else { "partial" };
    chip(complete, status.to_owned(), if complete { "every selected cell was played" } else { "it was interrupted" });
    chip(true, tally.findings.to_string(), "findings");
    chip(tally.proven == tally.held, format!("{} of {}", tally.proven, tally.held), "that held are proven");
    chip(
        tally.surprises == 0,
        tally.surprises.to_string(),
        if tally.surprises == 1 { "surprise" } else { "surprises" },
    );
    chip(tally.unproven == 0, tally.unproven.to_string(), "unproven");
    chip(tally.inconclusive == 0, tally.inconclusive.to_string(), "inconclusive");
    chip(true, tally.controls.to_string(), "controls played");
    chip(facts.exit.code == 0, format!("exit {}", facts.exit.code), &facts.exit.name);
    chip(true, run.env.browser.clone().unwrap_or_else(|| "no browser".to_owned()), &format!("layer {}", facts.layer));
    out.push_str("</ul>\n");
    if !facts.exit.reasons.is_empty() {
        let reasons = escape::items(facts.exit.reasons.iter().map(|reason| text(reason)));
        put!(out, "<ul class=\"reasons\" aria-label=\"Why it ended so\">{reasons}</ul>\n");
    }
    if !facts.args.is_empty() {
        put!(out, "<p class=\"args\">Asked for: {}</p>\n", code(&facts.args.join(" ")));
    }
    out
}
