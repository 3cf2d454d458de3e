//! Text as Markdown that shows exactly that text, in a table cell too.

/// Returns the text with everything escaped that Markdown, HTML or a code host would act on.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            // A mention would call people, a table bar would break the row; entities are shown and not acted on.
            '&' | '<' | '>' | '|' | '@' | '`' | '*' | '_' | '[' | ']' | '#' | '$' | '\\' | '~' | '!' => {
                put!(out, "&#{};", u32::from(character));
            }
            '\n' | '\r' | '\t' => out.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            character if character.is_control() => {}
            character => out.push(character),
        }
    }
    out
}

/// Returns the text as code. Escaped like other text, because a code span has no escape for its own mark.
pub(super) fn code(code: &str) -> String {
    format!("<code>{}</code>", text(code))
}
