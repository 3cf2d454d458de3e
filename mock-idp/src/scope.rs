//! A list of scope values (RFC 6749 §3.3).

/// Scope values in the order in which they were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope(Vec<String>);

impl Scope {
    pub(crate) fn parse(text: &str) -> Self {
        let mut values: Vec<String> = Vec::new();
        for value in text.split_ascii_whitespace() {
            if !values.iter().any(|known| known == value) {
                values.push(value.to_owned());
            }
        }
        Self(values)
    }

    pub(crate) fn all(values: &[String]) -> Self {
        Self::parse(&values.join(" "))
    }

    pub(crate) fn contains(&self, value: &str) -> bool {
        self.0.iter().any(|known| known == value)
    }

    pub(crate) fn values(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps what is allowed; what a client may not have is left out, as OpenID Connect Core 1.0 §3.1.2.1 asks.
    pub(crate) fn allowed_by(&self, allowed: &[String]) -> Self {
        Self(self.0.iter().filter(|value| allowed.contains(value)).cloned().collect())
    }

    /// Tells whether this asks for nothing beyond another scope.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|value| other.contains(value))
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
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
    }
}
