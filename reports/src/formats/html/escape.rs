//! Text as HTML that shows exactly that text, and names as fragments.

use crate::model::Finding;

/// Returns the text escaped for element content and for quoted attributes.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(character),
            // Shown by name: they would reorder or hide what stands beside them.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                put!(out, "⟨U+{:04X}⟩", u32::from(character));
            }
            character if character.is_control() => put!(out, "⟨U+{:04X}⟩", u32::from(character)),
            character => out.push(character),
        }
    }
    out
}

/// Returns the text escaped, with every credential's label marked up.
pub(super) fn evidence(evidence: &str) -> String {
    text(evidence).replace('‹', "<b class=\"credential\">‹").replace('›', "›</b>")
}

/// Returns text as code.
pub(super) fn code(code: &str) -> String {
    format!("<code>{}</code>", text(code))
}

/// Returns ready HTML pieces as list items.
pub(super) fn items(pieces: impl Iterator<Item = String>) -> String {
    let mut out = String::new();
    for piece in pieces {
        put!(out, "<li>{piece}</li>");
    }
    out
}

/// Returns a name as a fragment: small letters, digits and dashes.
pub(super) fn fragment(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }).collect()
}

/// Returns the fragment of a finding.
pub(super) fn finding(finding: &Finding) -> String {
    cell(&finding.scenario, &finding.deployment, finding.layer.name())
}

/// Returns the fragment of the finding that these name.
pub(super) fn cell(scenario: &str, deployment: &str, layer: &str) -> String {
    format!("cell-{}", fragment(&format!("{scenario}--{deployment}--{layer}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_ends_an_attribute_or_an_element() {
        assert_eq!(text("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
        assert_eq!(text("a\u{0}b\u{202e}"), "a⟨U+0000⟩b⟨U+202E⟩");
    }

    #[test]
    fn marks_credentials() {
        assert_eq!(evidence("a=‹at#1›&"), "a=<b class=\"credential\">‹at#1›</b>&amp;");
    }
}
