//! The transcript: every request and response in order, as it was captured.

use super::escape::{evidence, text};
use crate::State;
use crate::formats::words;
use crate::model::{Exchange, Finding, Header};

/// How much of the evidence is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Everything, bodies up to 4000 characters.
    Full,
    /// Everything, bodies up to 200 characters.
    Brief,
    /// As brief, and only for findings that want a look.
    Remarkable,
}

impl Depth {
    fn characters(self) -> usize {
        match self {
            Self::Full => 4000,
            Self::Brief | Self::Remarkable => 200,
        }
    }
}

/// Renders the transcript of a finding, folded.
pub(super) fn render(finding: &Finding, depth: Depth) -> String {
    let exchanges = &finding.exchanges;
    if exchanges.is_empty() {
        return String::new();
    }
    if depth == Depth::Remarkable && !State::of(finding).wants_a_look() {
        return format!(
            "<p class=\"quiet\">The transcript of {} exchanges was left out to keep this page light; it is in \
             <code>run.json</code>.</p>\n",
            exchanges.len()
        );
    }
    let mut out =
        format!("<details class=\"transcript\"><summary>Transcript of {} exchanges</summary>\n<ol>\n", exchanges.len());
    for exchange in exchanges {
        out.push_str(&item(exchange, depth));
    }
    out.push_str("</ol>\n</details>\n");
    out
}

fn item(exchange: &Exchange, depth: Depth) -> String {
    let status = exchange.status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
    let mut out = format!(
        "<li value=\"{}\"><p><b>{} → {}</b> {} {} → {status}",
        exchange.n,
        text(&exchange.from),
        text(&exchange.to),
        text(&exchange.method),
        evidence(&exchange.path)
    );
    for credential in &exchange.credentials {
        put!(out, " <b class=\"credential\">{}</b>", text(credential));
    }
    out.push_str("</p>");
    if let Some(note) = &exchange.note {
        put!(out, "<p class=\"note\">{}</p>", text(note));
    }
    let request = message(&exchange.request_headers, exchange.request_body.as_deref(), depth);
    let response = message(&exchange.response_headers, exchange.response_body.as_deref(), depth);
    for (name, message) in [("request", request), ("response", response)] {
        if !message.is_empty() {
            put!(out, "<pre tabindex=\"0\" aria-label=\"{name} {}\">{message}</pre>", exchange.n);
        }
    }
    out.push_str("</li>\n");
    out
}

fn message(headers: &[Header], body: Option<&str>, depth: Depth) -> String {
    let mut out = String::new();
    for (name, value) in headers {
        put!(
            out,
            "<span class=\"header\">{}:</span> {}\n",
            text(name),
            evidence(&words::start(value, depth.characters()))
        );
    }
    if let Some(body) = body.filter(|body| !body.is_empty()) {
        out.push('\n');
        out.push_str(&evidence(&words::start(body, depth.characters())));
    }
    out
}
