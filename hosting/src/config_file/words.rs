//! What serde says of a file, in our words, with what was meant, and without any value that could be a secret.

/// The least similarity at which a name may have been meant.
const SIMILAR: f64 = 0.75;
/// How much of what stands where a name must stand is quoted, in characters.
const LONGEST_QUOTE: usize = 40;

/// Says what is wrong, where, and what to do about it.
pub(super) fn reason(error: &toml::de::Error) -> String {
    let (message, place) = (error.message(), place(error));
    if let Some(rest) = message.strip_prefix("unknown field `") {
        return unknown(&place, rest);
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        return not_a_choice(&place, rest);
    }
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return format!("{place} lacks {name:?}; add it");
    }
    match wanted(message) {
        Some(wanted) => format!("{place} must be {wanted}"),
        None => format!("{place}: {message}"),
    }
}

/// Returns the keys that lead to what is wrong, as in `settings.csrf`.
///
/// An error that has no text to quote from ends in them.
fn place(error: &toml::de::Error) -> String {
    let shown = error.to_string();
    let keys = shown.rsplit_once("\nin `").and_then(|(_, keys)| keys.trim_end().strip_suffix('`'));
    keys.unwrap_or("the file").to_owned()
}

/// `rest` is a key, a backtick, and the keys that exist.
fn unknown(place: &str, rest: &str) -> String {
    let (name, expected) = rest.split_once('`').unwrap_or((rest, ""));
    let known = names(expected);
    let hint = nearest(name, &known).map_or_else(
        || if known.is_empty() { "it takes none".to_owned() } else { format!("it takes {}", known.join(", ")) },
        |nearest| format!("did you mean {nearest:?}?"),
    );
    format!("{place} has no key {name:?}; {hint}")
}

/// `rest` is what was given, a backtick, and the choices.
fn not_a_choice(place: &str, rest: &str) -> String {
    let (given, expected) = rest.rsplit_once("`, expected ").unwrap_or((rest, ""));
    let given: String = given.chars().take(LONGEST_QUOTE).collect();
    let choices = names(expected).iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ");
    format!("{place} cannot be {given:?}; it must be {choices}")
}

/// Returns what stands between backticks.
fn names(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(name, known), *known))
        .filter(|(similarity, _)| *similarity > SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// Returns what a value of the wrong kind should have been; what it was is left out.
fn wanted(message: &str) -> Option<&str> {
    let is_misfit =
        ["invalid type: ", "invalid value: ", "invalid length "].iter().any(|kind| message.starts_with(kind));
    let expected = match message {
        // What a table or a number gets where one of a few names must stand.
        _ if message.starts_with("wanted ") => "a string",
        _ if is_misfit => message.rsplit_once(", expected ")?.1,
        _ => return None,
    };
    Some(match expected {
        "a string" | "string" => "a text",
        "path string" => "a path",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        other if other.starts_with("struct ") || other == "a map" => "a table",
        other => other,
    })
}
