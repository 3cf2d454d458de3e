//! A list of scope values (RFC 6749 §3.3).

use std::sync::Arc;

/// Scope values in the order in which they were asked for, each once; clones share the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope(Arc<str>);

impl Scope {
    pub(crate) fn parse(text: &str) -> Self {
        Self::of(text.split_ascii_whitespace())
    }

    pub(crate) fn all(values: &[String]) -> Self {
        Self::of(values.iter().map(String::as_str))
    }

    /// Makes a list of these values.
    pub(crate) fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut known: Vec<&str> = Vec::new();
        for value in values {
            if !known.contains(&value) {
                known.push(value);
            }
        }
        Self(known.join(" ").into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|value| !value.is_empty())
    }

    pub(crate) fn contains(&self, value: &str) -> bool {
        self.values().any(|known| known == value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps what is allowed; what a client may not have is left out, as OpenID Connect Core 1.0 §3.1.2.1 asks.
    pub(crate) fn allowed_by(&self, allowed: &[String]) -> Self {
        Self::of(self.values().filter(|value| allowed.iter().any(|allowed| allowed == value)))
    }

    /// Tells whether this asks for nothing beyond another scope.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.values().all(|value| other.contains(value))
    }
}

impl serde::Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_each_value_once_and_only_what_is_allowed() {
        let scope = Scope::parse("openid  accounts openid admin");
        assert_eq!(scope.to_string(), "openid accounts admin");
        assert_eq!(scope.allowed_by(&["accounts".to_owned()]).to_string(), "accounts");
        assert!(Scope::parse("accounts").is_within(&scope));
        assert!(!scope.is_within(&Scope::parse("accounts")));
        assert!(Scope::parse(" ").is_empty() && !Scope::parse("").contains(""));
    }
}
