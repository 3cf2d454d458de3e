//! Where credentials stand in texts: parameters of queries and forms, and members of JSON.

/// The parameters that carry a credential, in OAuth, OpenID Connect and this testbed's own forms.
const NAMES: [&str; 16] = [
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "confirmation",
    "id_token",
    "id_token_hint",
    "logout_token",
    "nonce",
    "password",
    "refresh_token",
    "state",
    "subject_token",
    "ticket",
    "token",
    "transaction",
];

/// Shorter values are no credentials, and numbering them would tear ordinary text apart.
const SHORTEST: usize = 8;

/// Tells whether a value is a name in guillemets and nothing else.
pub(super) fn is_label(value: &str) -> bool {
    value.starts_with('‹') && value.ends_with('›') && value.matches('‹').count() == 1
}

/// Tells whether a value in a field for credentials must be hidden.
pub(super) fn is_bare(value: &str) -> bool {
    value.len() >= SHORTEST && !is_label(value)
}

/// Replaces the bare value of every credential parameter by what `name` makes of it.
pub(super) fn hide(text: &str, mut name: impl FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((value_at, value_len)) = next_value(rest) {
        let value = &rest[value_at..value_at + value_len];
        out.push_str(&rest[..value_at]);
        if is_bare(value) {
            out.push_str(&name(value));
        } else {
            out.push_str(value);
        }
        rest = &rest[value_at + value_len..];
    }
    out.push_str(rest);
    out
}

/// Finds the first credential parameter: where its value begins, and how long it is.
fn next_value(text: &str) -> Option<(usize, usize)> {
    NAMES.iter().flat_map(|name| [find_pair(text, name), find_member(text, name)]).flatten().min_by_key(|found| found.0)
}

/// `name=value` at the beginning or after a separator.
fn find_pair(text: &str, name: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(at) = text[from..].find(name).map(|at| from + at) {
        let value_at = at + name.len() + 1;
        let separated = text[..at].chars().next_back().is_none_or(|before| "?&#; \n".contains(before));
        if separated && text[at + name.len()..].starts_with('=') {
            return Some((value_at, length_of(&text[value_at..])));
        }
        from = at + name.len();
    }
    None
}

/// Measures a value up to what ends it; a name in guillemets is part of it, `#` and all.
fn length_of(value: &str) -> usize {
    let mut inside = false;
    for (at, character) in value.char_indices() {
        match character {
            '‹' => inside = true,
            '›' => inside = false,
            '&' | '#' | ' ' | '"' | '\'' | '<' | '\n' | ';' if !inside => return at,
            _ => {}
        }
    }
    value.len()
}

/// `"name": "value"`.
fn find_member(text: &str, name: &str) -> Option<(usize, usize)> {
    let quoted = format!("\"{name}\"");
    let mut from = 0;
    while let Some(at) = text[from..].find(&quoted).map(|at| from + at) {
        let after = &text[at + quoted.len()..];
        let value = after.trim_start().strip_prefix(':').map(str::trim_start).and_then(|after| after.strip_prefix('"'));
        if let Some(value) = value {
            let value_at = text.len() - value.len();
            return Some((value_at, value.find('"').unwrap_or(value.len())));
        }
        from = at + quoted.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        hide(text, |value| format!("‹hidden {}›", value.len()))
    }

    #[test]
    fn hides_values_in_queries_forms_and_json() {
        assert_eq!(hidden("/authorize?state=0123456789&scope=openid"), "/authorize?state=‹hidden 10›&scope=openid");
        assert_eq!(hidden("code_verifier=0123456789&x=1"), "code_verifier=‹hidden 10›&x=1");
        assert_eq!(
            hidden(r#"{"token_type":"Bearer", "access_token" : "0123456789"}"#),
            r#"{"token_type":"Bearer", "access_token" : "‹hidden 10›"}"#
        );
        assert_eq!(hidden("state=0123456789&nonce=0123456789"), "state=‹hidden 10›&nonce=‹hidden 10›");
    }

    #[test]
    fn leaves_labels_short_values_and_other_names() {
        for text in [
            "code=‹code#1›",
            "state=short",
            "barcode=0123456789",
            "error_code=0123456789",
            "token_type_hint=access_token",
            "a code of honour",
        ] {
            assert_eq!(hidden(text), text);
        }
    }

    #[test]
    fn hides_a_value_that_is_known_only_in_part() {
        assert_eq!(
            hidden("token=‹at#1›and-the-rest"),
            "token=‹hidden 24›".replace("24", &"‹at#1›and-the-rest".len().to_string())
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_never_leaves_a_value(before in ".{0,20}", value in "[A-Za-z0-9]{8,30}", after in ".{0,20}") {
            let text = format!("{before}&code={value}&{after}");
            let left = hidden(&text).contains(&format!("code={value}"));
            proptest::prop_assert!(!left);
        }
    }
}
