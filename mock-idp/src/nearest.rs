//! “Did you mean”: the most similar of the names that exist.

/// Returns `; did you mean "…"?` with the most similar name, or nothing when none is similar enough to be meant.
pub(crate) fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| format!("; did you mean {known:?}?"))
        .unwrap_or_default()
}
