//! Numbers and measures in words, the same in every report.

use crate::model::{Finding, Kind, Measure};

/// Returns a number without trailing zeros, at most three decimals.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Returns a number with its unit; counts have none.
pub(super) fn quantity(value: f64, unit: &str) -> String {
    match unit {
        "" | "1" | "count" => number(value),
        unit => format!("{} {unit}", number(value)),
    }
}

/// Returns a measure's value, with what its kind says about it.
pub(super) fn value_of(measure: &Measure) -> String {
    let sign = match measure.kind {
        Kind::Exact => "",
        Kind::Estimate => "≈ ",
        Kind::Censored => "≥ ",
    };
    format!("{sign}{}", quantity(measure.value, &measure.unit))
}

/// Returns what the kind says, where it says something.
pub(super) fn kind_of(measure: &Measure) -> &'static str {
    match measure.kind {
        Kind::Exact => "exact",
        Kind::Estimate => "estimate",
        Kind::Censored => "censored: still so when watching stopped",
    }
}

/// Returns the measures in one line.
pub(super) fn measures(measures: &[Measure]) -> String {
    measures.iter().map(|measure| format!("{}: {}", measure.name, value_of(measure))).collect::<Vec<_>>().join("; ")
}

/// Returns one sentence about how a finding ended.
pub(super) fn sentence(finding: &Finding) -> String {
    let saw = finding.verdict.map_or("nothing learnt", crate::model::Verdict::name);
    let mut text = format!("predicted {}, saw {saw}", finding.predicted);
    if !finding.measures.is_empty() {
        put!(text, " ({})", measures(&finding.measures));
    }
    if let Some(reason) = &finding.reason {
        put!(text, ": {reason}");
    }
    text
}

/// Returns the start of a text, cut at a character with a mark where it was cut.
pub(super) fn start(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_no_needless_zeros() {
        assert_eq!(number(300.0), "300");
        assert_eq!(number(0.25), "0.25");
        assert_eq!(number(-0.0001), "0");
        assert_eq!(quantity(2.0, "count"), "2");
        assert_eq!(quantity(1.5, "s"), "1.5 s");
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(start("‹at#1›", 3), "‹at…");
        assert_eq!(start("ab", 2), "ab");
    }
}
