//! Secrets that do not print themselves, and the registry that knows every credential of a run by a stable name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A text that never prints as itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(zeroize::Zeroizing<String>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(zeroize::Zeroizing::new(text.into()))
    }

    /// Returns the text, for the one place that sends or compares it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹secret›")
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹secret›")
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as serde::Deserialize>::deserialize(deserializer).map(Self::new)
    }
}

/// What a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
    /// An ID token.
    IdToken,
    /// An authorization code.
    Code,
    /// The value of an application's session cookie.
    Session,
    /// The value of a sign-in's transaction cookie.
    Transaction,
    /// A client's secret.
    ClientSecret,
    /// A token against cross-site request forgery.
    CsrfToken,
    /// A logout token.
    LogoutToken,
    /// The value of the identity provider's session cookie.
    ProviderSession,
    /// A PKCE code verifier.
    Verifier,
    /// A user's password.
    Password,
    /// A `state` or `nonce`.
    State,
    /// A ticket that works once.
    OneTime,
}

impl Kind {
    /// Returns the short name that labels carry, as in `at#2`.
    pub fn short(self) -> &'static str {
        match self {
            Self::AccessToken => "at",
            Self::RefreshToken => "rt",
            Self::IdToken => "id",
            Self::Code => "code",
            Self::Session => "sid",
            Self::Transaction => "tx",
            Self::ClientSecret => "secret",
            Self::CsrfToken => "csrf",
            Self::LogoutToken => "logout",
            Self::ProviderSession => "idp-sid",
            Self::Verifier => "verifier",
            Self::Password => "password",
            Self::State => "state",
            Self::OneTime => "ticket",
        }
    }
}

/// Shorter values are not registered, because replacing them would tear ordinary text apart.
const SHORTEST: usize = 4;

struct Known {
    kind: Kind,
    label: String,
    forms: Vec<String>,
    value: Arc<str>,
}

#[derive(Default)]
struct Registry {
    /// In order of first sight.
    known: Vec<Known>,
    /// Where in `known` a value is.
    places: HashMap<Arc<str>, usize>,
    /// How many credentials of a kind are known.
    counts: HashMap<Kind, usize>,
}

impl Registry {
    fn mint(&mut self, kind: Kind, value: &str) {
        if value.len() < SHORTEST || self.places.contains_key(value) {
            return;
        }
        let n = self.counts.entry(kind).or_default();
        *n += 1;
        let label = format!("{}#{n}", kind.short());
        let value: Arc<str> = value.into();
        self.places.insert(value.clone(), self.known.len());
        self.known.push(Known { kind, label, forms: forms_of(&value), value });
    }
}

/// Every credential that a play has minted, under names in order of first sight; clones share it.
#[derive(Clone)]
pub struct Credentials {
    registry: Option<Arc<Mutex<Registry>>>,
}

impl Default for Credentials {
    fn default() -> Self {
        Self { registry: Some(Arc::default()) }
    }
}

impl Credentials {
    /// Makes a registry that registers nothing, for a server that runs alone for weeks and must not grow.
    ///
    /// It names nothing and redacts nothing either: hand it to nobody who records traffic.
    pub fn off() -> Self {
        Self { registry: None }
    }

    /// Registers a credential; a second registration of the same value changes nothing.
    ///
    /// Values of fewer than four bytes are not registered, because replacing them would tear ordinary text apart.
    pub fn mint(&self, kind: Kind, value: &str) {
        if let Some(mut registry) = self.lock() {
            registry.mint(kind, value);
        }
    }

    /// Returns the name of a credential, such as `at#2`.
    pub fn label(&self, value: &str) -> Option<String> {
        let registry = self.lock()?;
        let place = *registry.places.get(value)?;
        Some(registry.known[place].label.clone())
    }

    /// Returns the kind, name and value of every credential, for the search of an attacker's loot.
    pub fn all(&self) -> Vec<(Kind, String, Secret)> {
        let Some(registry) = self.lock() else { return Vec::new() };
        registry.known.iter().map(|known| (known.kind, known.label.clone(), Secret::new(&*known.value))).collect()
    }

    /// Returns the credentials whose bytes occur in a text, plain, percent-encoded or base64.
    pub fn found_in(&self, text: &str) -> Vec<(Kind, String)> {
        let Some(registry) = self.lock() else { return Vec::new() };
        registry
            .known
            .iter()
            .filter(|known| known.forms.iter().any(|form| text.contains(form.as_str())))
            .map(|known| (known.kind, known.label.clone()))
            .collect()
    }

    /// Replaces every credential in a text by its name in single guillemets.
    pub fn redact(&self, text: &str) -> String {
        let mut out = text.to_owned();
        let Some(registry) = self.lock() else { return out };
        let mut longest_first: Vec<(&str, &str)> = registry
            .known
            .iter()
            .flat_map(|known| known.forms.iter().map(|form| (form.as_str(), known.label.as_str())))
            .filter(|(form, _)| text.contains(form))
            .collect();
        longest_first.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        for (form, label) in longest_first {
            out = out.replace(form, &format!("‹{label}›"));
        }
        out
    }

    fn lock(&self) -> Option<MutexGuard<'_, Registry>> {
        let registry = self.registry.as_ref()?;
        Some(registry.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn forms_of(value: &str) -> Vec<String> {
    let mut forms = vec![
        value.to_owned(),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
        STANDARD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
    ];
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("hunter22");
        assert_eq!(format!("{secret} {secret:?}"), "‹secret› ‹secret›");
    }

    #[test]
    fn replaces_plain_percent_encoded_and_base64() {
        let credentials = Credentials::default();
        credentials.mint(Kind::AccessToken, "abc.def-ghi");
        credentials.mint(Kind::AccessToken, "abc.def-ghi");
        credentials.mint(Kind::AccessToken, "other-token");
        let text = format!("a=abc.def-ghi b=abc%2Edef%2Dghi c={} d=other-token", STANDARD.encode("abc.def-ghi"));
        assert_eq!(credentials.redact(&text), "a=‹at#1› b=‹at#1› c=‹at#1› d=‹at#2›");
        assert_eq!(credentials.label("other-token").as_deref(), Some("at#2"));
    }

    #[test]
    fn a_value_inside_a_longer_one_does_not_leave_its_rest() {
        let credentials = Credentials::default();
        credentials.mint(Kind::State, "abcdef");
        credentials.mint(Kind::IdToken, "xabcdefx");
        assert_eq!(credentials.redact("xabcdefx"), "‹id#1›");
    }

    #[test]
    fn each_kind_counts_for_itself_and_a_value_keeps_its_first_name() {
        let credentials = Credentials::default();
        for (kind, value) in [(Kind::Code, "code-a"), (Kind::State, "state-a"), (Kind::Code, "code-b")] {
            credentials.mint(kind, value);
        }
        credentials.mint(Kind::Session, "code-a");
        credentials.mint(Kind::Session, "abc");
        let labels: Vec<String> = credentials.all().into_iter().map(|(_, label, _)| label).collect();
        assert_eq!(labels, ["code#1", "state#1", "code#2"]);
        assert_eq!(credentials.label("code-a").as_deref(), Some("code#1"));
        assert_eq!(credentials.label("abc"), None);
    }

    #[test]
    fn a_hundred_thousand_credentials_can_be_minted() {
        let credentials = Credentials::default();
        for n in 0..100_000 {
            credentials.mint(Kind::Code, &format!("code-{n}"));
        }
        credentials.mint(Kind::Code, "code-0");
        assert_eq!(credentials.all().len(), 100_000);
        assert_eq!(credentials.label("code-99999").as_deref(), Some("code#100000"));
    }

    #[test]
    fn a_registry_that_is_off_stays_empty() {
        let credentials = Credentials::off();
        credentials.mint(Kind::AccessToken, "abc.def-ghi");
        assert_eq!(credentials.label("abc.def-ghi"), None);
        assert_eq!(credentials.redact("a=abc.def-ghi"), "a=abc.def-ghi");
        assert!(credentials.all().is_empty() && credentials.found_in("abc.def-ghi").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn what_was_minted_is_never_left(value in "[!-~]{8,40}", before in ".{0,20}", after in ".{0,20}") {
            let credentials = Credentials::default();
            credentials.mint(Kind::Session, &value);
            let redacted = credentials.redact(&format!("{before}{value}{after}"));
            proptest::prop_assert!(!redacted.contains(&value));
        }
    }
}
