//! The sequence diagram of a play, drawn from its traffic: one lane per party, one arrow per exchange.
//!
//! SVG with presentation attributes only, because the page's policy forbids style attributes. The transcript beneath says
//! the same in words.

use super::escape::text;
use crate::formats::words;
use crate::model::{Exchange, Finding};

/// More arrows than this are folded in the middle.
const ARROWS: usize = 60;
const LANE: usize = 190;
const MARGIN: usize = 90;
const TOP: usize = 44;
const ROW: usize = 34;
/// The width of a character of the labels, in tenths of a unit.
const CHARACTER: usize = 66;

/// Renders the diagram of a finding.
pub(super) fn render(finding: &Finding) -> String {
    let exchanges = &finding.exchanges;
    if exchanges.is_empty() {
        return String::new();
    }
    let lanes = lanes(exchanges);
    let rows = rows(exchanges);
    let width = (2 * MARGIN + LANE * (lanes.len() - 1)).max(520);
    let height = TOP + ROW * rows.len() + 24;
    let name = format!("Sequence of {} on {}", finding.scenario, finding.deployment);
    let mut out = format!(
        "<figure class=\"sequence\"><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\">\n\
         <svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"{0}: {1} exchanges between {2}; the transcript lists them\">\n",
        text(&name),
        exchanges.len(),
        text(&lanes.join(", "))
    );
    for (place, lane) in lanes.iter().enumerate() {
        out.push_str(&lifeline(x(place), height, lane));
    }
    for (place, row) in rows.iter().enumerate() {
        let y = TOP + ROW * (place + 1);
        match row {
            Row::Arrow(exchange) => out.push_str(&arrow(exchange, &lanes, y, width)),
            Row::Fold(count) => out.push_str(&fold(*count, y, width)),
        }
    }
    out.push_str("</svg></div></figure>\n");
    out
}

enum Row<'a> {
    Arrow(&'a Exchange),
    Fold(usize),
}

fn rows(exchanges: &[Exchange]) -> Vec<Row<'_>> {
    if exchanges.len() <= ARROWS {
        return exchanges.iter().map(Row::Arrow).collect();
    }
    // The start shows how the play gets there, the end what decided it.
    let (head, tail) = (&exchanges[..ARROWS / 2], &exchanges[exchanges.len() - ARROWS / 2..]);
    let mut rows: Vec<Row<'_>> = head.iter().map(Row::Arrow).collect();
    rows.push(Row::Fold(exchanges.len() - ARROWS));
    rows.extend(tail.iter().map(Row::Arrow));
    rows
}

fn fold(count: usize, y: usize, width: usize) -> String {
    format!(
        "<text class=\"fold\" x=\"{}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"12\">… {count} more exchanges, in the \
         transcript …</text>\n",
        width / 2
    )
}

/// Returns the parties, from the browser through application, API and identity provider to the attacker.
fn lanes(exchanges: &[Exchange]) -> Vec<&str> {
    let mut lanes: Vec<&str> = Vec::new();
    for party in exchanges.iter().flat_map(|exchange| [exchange.from.as_str(), exchange.to.as_str()]) {
        if !lanes.contains(&party) {
            lanes.push(party);
        }
    }
    lanes.sort_by_key(|party| rank(party));
    lanes
}

fn rank(party: &str) -> usize {
    let begins = |names: &[&str]| names.iter().any(|name| party.starts_with(name));
    if begins(&["browser", "page", "victim", "user"]) {
        0
    } else if begins(&["bff", "spa", "app", "tmb"]) {
        1
    } else if begins(&["api", "downstream", "second"]) {
        2
    } else if begins(&["idp", "login", "provider"]) {
        3
    } else if begins(&["attacker", "evil", "thief", "sibling"]) {
        5
    } else {
        4
    }
}

fn x(lane: usize) -> usize {
    MARGIN + LANE * lane
}

fn lifeline(x: usize, height: usize, name: &str) -> String {
    let hostile = if rank(name) == 5 { " hostile" } else { "" };
    format!(
        "<g class=\"lane{hostile}\"><rect x=\"{}\" y=\"6\" width=\"140\" height=\"26\" rx=\"6\"/>\
         <text x=\"{x}\" y=\"24\" text-anchor=\"middle\" font-size=\"13\">{}</text>\
         <line x1=\"{x}\" y1=\"32\" x2=\"{x}\" y2=\"{}\" stroke-dasharray=\"3 4\"/></g>\n",
        x - 70,
        text(&words::start(name, 17)),
        height - 6
    )
}

fn arrow(exchange: &Exchange, lanes: &[&str], y: usize, width: usize) -> String {
    let place = |party: &str| lanes.iter().position(|lane| *lane == party).unwrap_or_default();
    let (from, to) = (x(place(&exchange.from)), x(place(&exchange.to)));
    let class = match exchange.status {
        Some(200..=299) => "ok",
        Some(300..=399) => "redirect",
        Some(400..=499) => "refused",
        _ => "failed",
    };
    let hostile = if rank(&exchange.from) == 5 { " hostile" } else { "" };
    // A party that calls itself gets a stub beside its lane.
    let end = if from == to { to + 40 } else { to };
    let tip = if end > from { end - 8 } else { end + 8 };
    format!(
        "<g class=\"arrow {class}{hostile}\"><line x1=\"{from}\" y1=\"{y}\" x2=\"{end}\" y2=\"{y}\"/>\
         <polygon points=\"{end},{y} {tip},{} {tip},{}\"/>{}</g>\n",
        y - 4,
        y + 4,
        label(exchange, from.min(end) + 8, y - 6, width)
    )
}

fn label(exchange: &Exchange, x: usize, y: usize, width: usize) -> String {
    let room = (width.saturating_sub(x + 4) * 10 / CHARACTER).max(24);
    let status = exchange.status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
    let credentials = exchange.credentials.iter().map(|label| words::start(label, 14)).collect::<Vec<_>>().join(" ");
    let fixed = exchange.n.to_string().len() + exchange.method.len() + status.len() + credentials.chars().count() + 7;
    let path = words::start(&exchange.path, room.saturating_sub(fixed).max(6));
    let mut out = format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"11\"><tspan font-weight=\"700\">{}</tspan> {} {} → \
         <tspan font-weight=\"700\">{status}</tspan>",
        exchange.n,
        text(&words::start(&exchange.method, 8)),
        text(&path)
    );
    if !credentials.is_empty() {
        put!(out, " <tspan class=\"credential\">{}</tspan>", text(&credentials));
    }
    out.push_str("</text>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run;

    #[test]
    fn lanes_run_from_the_browser_to_the_attacker() {
        let run = sample_run();
        assert_eq!(lanes(&run.findings[0].exchanges), ["browser", "bff", "idp", "attacker"]);
    }

    #[test]
    fn one_arrow_per_exchange_and_the_middle_folded() {
        let run = sample_run();
        assert_eq!(render(&run.findings[0]).matches("<polygon").count(), 6);
        let long = render(&run.findings[4]);
        assert_eq!(long.matches("<polygon").count(), ARROWS);
        assert!(long.contains("10 more exchanges"));
    }
}
