//! Every switch of a deployment in one struct, and the one way to change it: a key and a value.

mod wire;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use wire::{AccessTokenForm, Profile, ProviderSite, SenderConstraint, WireSettings};

/// A change of the settings: key and value, as `--set` takes them.
pub type Change = (&'static str, &'static str);

/// All switches; the default is the reference deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The backend for frontend.
    pub bff: bff_app::Settings,
    /// The single-page application and its host.
    pub spa: spa_app::Settings,
    /// The business API.
    pub api: public_api::Settings,
    /// The identity provider.
    pub idp: mock_idp::Settings,
    /// The page, alike in all architectures.
    pub page: PageSettings,
    /// What two parties must agree on.
    pub wire: WireSettings,
}

/// What the testbed does to the page that every architecture delivers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PageSettings {
    /// Plants hostile script in the delivered bundle, as a compromised dependency would. A weakness of the testbed, off
    /// by default; the scenarios of script in the page switch it on for their own plays (RFC 10017 §5).
    pub implant: Implant,
    /// How the page shows the note that its user keeps. A weakness of the testbed, off by default: the second way for
    /// script to come in (OWASP ASVS 5.0.0 3.2.2).
    pub widget: Widget,
    /// How the page of a backend is told of transfers (WHATWG HTML §9.2, RFC 6455 §1.3).
    pub live: Live,
}

/// How the page is told of what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Live {
    /// By server-sent events.
    #[default]
    Events,
    /// By a WebSocket.
    Websocket,
}

/// How a stored text is rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Widget {
    /// As text.
    #[default]
    Text,
    /// As markup, by `innerHTML`.
    UnsafeHtml,
}

/// Whether the bundle carries the attacker's script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Implant {
    /// The bundle is what was built.
    #[default]
    Off,
    /// The attacker's script reads all that it can reach.
    Read,
    /// It also carries what it read to the attacker's origin.
    Steal,
    /// It calls the application as the page does.
    Ride,
}

/// Why a change was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChange {
    /// There is no such key.
    #[error("no setting is called {key:?}{} (see `versus list settings`)", hint(.nearest.as_deref()))]
    Key {
        /// The key as given.
        key: String,
        /// The most similar key.
        nearest: Option<String>,
    },
    /// The key does not take such a value.
    #[error("{key} does not take {value:?}: {reason}")]
    Value {
        /// The key.
        key: String,
        /// The value as given.
        value: String,
        /// What the type says.
        reason: String,
    },
    /// Not of the form `key=value`.
    #[error("{0:?} is not of the form key=value, as in bff.csrf.header=off")]
    Form(String),
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean {nearest:?}?")).unwrap_or_default()
}

impl Settings {
    /// Returns these settings with one change made.
    ///
    /// # Errors
    ///
    /// [`BadChange`] names the key or value, and the nearest key that exists.
    pub fn with(&self, key: &str, value: &str) -> Result<Self, BadChange> {
        let mut tree = serde_json::to_value(self).expect("settings are plain data");
        let pointer = format!("/{}", key.replace('.', "/"));
        let Some(place) = tree.pointer_mut(&pointer).filter(|place| !place.is_object()) else {
            return Err(BadChange::Key { key: key.to_owned(), nearest: nearest(key, &keys()) });
        };
        *place = match place {
            Value::Number(_) => value.parse::<u64>().map_or_else(|_| Value::from(value), Value::from),
            Value::Bool(_) => value.parse::<bool>().map_or_else(|_| Value::from(value), Value::from),
            _ => Value::from(value),
        };
        serde_json::from_value(tree).map_err(|error| BadChange::Value {
            key: key.to_owned(),
            value: value.to_owned(),
            reason: error.to_string(),
        })
    }

    /// Returns these settings with several changes made.
    ///
    /// # Errors
    ///
    /// The first change that is refused.
    pub fn with_all<'a>(&self, changes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, BadChange> {
        changes.into_iter().try_fold(self.clone(), |settings, (key, value)| settings.with(key, value))
    }

    /// Returns every key with its value, in the order of the structs.
    pub fn leaves(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        collect("", &serde_json::to_value(self).expect("settings are plain data"), &mut out);
        out
    }
}

/// Splits `key=value`.
///
/// # Errors
///
/// [`BadChange::Form`] when there is no `=`.
pub fn parse_change(text: &str) -> Result<(String, String), BadChange> {
    let (key, value) = text.split_once('=').ok_or_else(|| BadChange::Form(text.to_owned()))?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// Returns every key.
pub fn keys() -> Vec<String> {
    Settings::default().leaves().into_iter().map(|(key, _)| key).collect()
}

/// Returns the most similar name, if any is similar enough to be meant.
pub fn nearest(name: &str, known: &[String]) -> Option<String> {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known.clone())
}

fn collect(prefix: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                collect(&key, value, out);
            }
        }
        Value::String(text) => out.push((prefix.to_owned(), text.clone())),
        other => out.push((prefix.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reaches_its_field_and_nothing_else() {
        let changed = Settings::default().with("bff.csrf.header", "off").expect("a known switch");
        let (before, after) = (Settings::default().leaves(), changed.leaves());
        let differing: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(_, b)| b.clone()).collect();
        assert_eq!(differing, [("bff.csrf.header".to_owned(), "off".to_owned())]);
    }

    #[test]
    fn a_mistyped_key_names_the_nearest() {
        let refused = Settings::default().with("bff.csrf.heder", "off").expect_err("no such key");
        assert!(refused.to_string().contains("bff.csrf.header"), "{refused}");
    }

    #[test]
    fn a_wrong_value_is_named_with_the_choices() {
        let refused = Settings::default().with("bff.csrf.header", "perhaps").expect_err("no such value");
        let text = refused.to_string();
        assert!(text.contains("perhaps") && text.contains("off"), "{text}");
        assert!(Settings::default().with("bff.session.idle_s", "soon").is_err());
        assert!(Settings::default().with("bff.session", "off").is_err(), "a group is not a setting");
    }
}
