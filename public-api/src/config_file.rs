//! The configuration of an API that runs alone, as a file in TOML: its issuer, what it demands of tokens, and every switch.
//!
//! The secret stands in the file, or in one of its own that a key ending in `_file` names. Paths start from the file's folder.

use std::path::PathBuf;

use hosting::config_file::{BadConfig, ConfigText, Spanned};
use hosting::{Issuer, Origin, Secret};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::config::{Business, Config, IntrospectionClient};
use crate::settings::Settings;

/// What a configuration file says.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// The API's issuer, and what it demands of tokens.
    pub config: Config,
    /// Every switch and every life.
    pub settings: Settings,
    /// Whether callers are asked for a certificate, so that tokens can be bound to one (RFC 8705 §3).
    pub asks_for_certificates: bool,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    origin: Origin,
    #[serde(deserialize_with = "issuer")]
    issuer: Issuer,
    introspection: Option<IntrospectionEntry>,
    #[serde(default)]
    audience: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    allowed_origins: Vec<Origin>,
    #[serde(default)]
    business: BusinessName,
    #[serde(default)]
    client_certificates: bool,
    #[serde(default)]
    settings: Settings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the keys, which are the specification's")]
struct IntrospectionEntry {
    client_id: Spanned<String>,
    client_secret: Option<Spanned<Secret>>,
    client_secret_file: Option<Spanned<PathBuf>>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum BusinessName {
    #[default]
    Accounts,
    Payments,
}

/// Reads a configuration file.
///
/// # Errors
///
/// [`BadConfig`] names the line and the first mistake; it never quotes a secret.
pub fn read(written: ConfigText<'_>) -> Result<ConfigFile, BadConfig> {
    let file: File = written.read()?;
    let (name, business) = match file.business {
        BusinessName::Accounts => ("api", Business::Accounts),
        BusinessName::Payments => ("payments", Business::Payments),
    };
    let config = Config {
        name,
        business,
        origin: file.origin,
        issuer: file.issuer,
        introspection: file.introspection.map(|entry| entry.understood(written)).transpose()?,
        audience: file.audience,
        scope: file.scope,
        allowed_origins: file.allowed_origins,
    };
    Ok(ConfigFile { config, settings: file.settings, asks_for_certificates: file.client_certificates })
}

/// Returns a file in which every key is explained; commented out are those that say the default, or need a file.
pub fn example() -> &'static str {
    include_str!("../example.toml")
}

impl IntrospectionEntry {
    fn understood(self, written: ConfigText<'_>) -> Result<IntrospectionClient, BadConfig> {
        let secret = written.secret("client_secret", self.client_secret, self.client_secret_file.as_ref())?;
        let missing = || {
            written.wrong(&self.client_id, "introspection lacks \"client_secret\" or \"client_secret_file\"; add one")
        };
        let secret = secret.ok_or_else(missing)?;
        Ok(IntrospectionClient { id: self.client_id.into_inner(), secret })
    }
}

fn issuer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Issuer, D::Error> {
    Issuer::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests;
