//! The configuration of a single-page application's host that runs alone, as a file in TOML: the page's peers, and every switch.
//!
//! Nothing in it is secret: whoever opens the page is told most of it. Paths start from the file's folder.

mod page;

use hosting::config_file::{BadConfig, ConfigText};
use hosting::{Issuer, Origin};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::config::{Config, Page};
use crate::settings::Settings;

/// What a configuration file says.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// The page, and its peers.
    pub config: Config,
    /// Every switch.
    pub settings: Settings,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    origin: Origin,
    #[serde(deserialize_with = "issuer")]
    issuer: Issuer,
    #[serde(default)]
    issuer_origins: Vec<Origin>,
    client_id: String,
    api: Origin,
    scope: String,
    resource: Option<String>,
    #[serde(default)]
    page: page::Entry,
    #[serde(default)]
    settings: Settings,
}

/// Reads a configuration file.
///
/// `built_in` is the page, where the file names none of its own.
///
/// # Errors
///
/// [`BadConfig`] names the line and the first mistake.
pub fn read(written: ConfigText<'_>, built_in: impl FnOnce() -> Page) -> Result<ConfigFile, BadConfig> {
    let file: File = written.read()?;
    let config = Config {
        origin: file.origin,
        issuer: file.issuer,
        issuer_origins: file.issuer_origins,
        api: file.api,
        client_id: file.client_id,
        scope: file.scope,
        resource: file.resource,
        page: file.page.understood(written, built_in)?,
    };
    Ok(ConfigFile { config, settings: file.settings })
}

/// Returns a file in which every key is explained; commented out are those that say the default, or need a folder.
pub fn example() -> &'static str {
    include_str!("../example.toml")
}

fn issuer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Issuer, D::Error> {
    Issuer::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests;
