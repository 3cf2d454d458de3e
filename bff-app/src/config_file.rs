//! The configuration of a BFF that runs alone, as a file in TOML: its peers, its credentials, and every switch.
//!
//! Secrets stand in the file, or in files of their own that keys ending in `_file` name. Paths start from the file's folder.

mod apis;
mod credentials;
mod page;
mod storage;

use std::path::PathBuf;

use hosting::config_file::{BadConfig, ConfigText, Spanned};
use hosting::{Issuer, Origin, Secret};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::config::{Config, Page, PublicApi, Registration};
use crate::settings::Settings;

/// What a configuration file says.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// The BFF's peers and credentials.
    pub config: Config,
    /// Every switch and every life.
    pub settings: Settings,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the keys, and some keys name files")]
struct File {
    origin: Origin,
    #[serde(deserialize_with = "issuer")]
    issuer: Issuer,
    client_id: String,
    client_secret: Option<Spanned<Secret>>,
    client_secret_file: Option<Spanned<PathBuf>>,
    private_key_file: Option<Spanned<PathBuf>>,
    certificate_file: Option<Spanned<PathBuf>>,
    certificate_key_file: Option<Spanned<PathBuf>>,
    #[serde(deserialize_with = "scope")]
    scope: String,
    #[serde(default, deserialize_with = "apis::read")]
    apis: Vec<crate::Api>,
    technical_user: Option<credentials::TechnicalUser>,
    public_api: Option<PublicApiEntry>,
    #[serde(default)]
    storage: storage::Entry,
    #[serde(default)]
    page: page::Entry,
    #[serde(default)]
    settings: Settings,
}

/// The API that the page calls itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicApiEntry {
    origin: Origin,
    audience: String,
    scope: String,
}

/// Reads a configuration file.
///
/// `built_in` is the page for these settings, where the file names none of its own.
///
/// # Errors
///
/// [`BadConfig`] names the line and the first mistake; it never quotes a secret.
pub fn read(written: ConfigText<'_>, built_in: impl FnOnce(&Settings) -> Page) -> Result<ConfigFile, BadConfig> {
    let file: File = written.read()?;
    let client = Registration {
        id: file.client_id,
        secret: written.secret("client_secret", file.client_secret, file.client_secret_file.as_ref())?,
        key: written.secret("private_key", None, file.private_key_file.as_ref())?,
        certificate: credentials::certificate(
            written,
            file.certificate_file.as_ref(),
            file.certificate_key_file.as_ref(),
        )?,
    };
    let settings = file.settings;
    let config = Config {
        origin: file.origin,
        issuer: file.issuer,
        client,
        scope: file.scope,
        apis: file.apis,
        technical_user: file.technical_user.map(|user| user.understood(written)).transpose()?,
        public_api: file.public_api.map(|PublicApiEntry { origin, audience, scope }| PublicApi {
            origin,
            audience,
            scope,
        }),
        storage: file.storage.understood(written)?,
        page: file.page.understood(written, || built_in(&settings))?,
    };
    Ok(ConfigFile { config, settings })
}

/// Returns a file in which every key is explained; commented out are those that say the default, or need a file.
pub fn example() -> &'static str {
    include_str!("../example.toml")
}

fn issuer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Issuer, D::Error> {
    Issuer::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Without `openid` there is no ID token, and nobody is signed in (OpenID Connect Core 1.0 §3.1.2.1).
fn scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let scope = String::deserialize(deserializer)?;
    if scope.split(' ').any(|name| name == "openid") {
        Ok(scope)
    } else {
        Err(D::Error::custom("it names no \"openid\", without which there is no ID token; add it"))
    }
}

#[cfg(test)]
mod tests;
