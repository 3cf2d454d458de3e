//! The configuration of a provider that runs alone, as a file in TOML.
//!
//! The file says in the words of the types what [`Config`] and [`Settings`] say. Nothing in it is guessed: an unknown key, a
//! wrong value, a client that is not whole or a name that is taken twice is an error that names the line, the value and the
//! remedy. No error quotes the file, because the next line may hold a password.

mod names;
mod tree;

use hosting::Origin;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::clients::Client;
use crate::config::{Config, Resource, Role};
use crate::settings::Settings;
use crate::strict::{self, Source, Step, Wrong};
use crate::users::User;
use tree::Tree;

/// What to do about an entry that is not whole.
const COMPLETE: &str = "complete it, or leave it out";

/// What a configuration file says.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// The issuer identifier; nothing leaves it to whoever serves the provider.
    pub issuer: Option<Origin>,
    /// Which of a run's two issuers the provider is.
    pub role: Role,
    /// The registered clients.
    pub clients: Vec<Client>,
    /// The people who can sign in.
    pub users: Vec<User>,
    /// The APIs for which access tokens are issued.
    pub resources: Vec<Resource>,
    /// Every switch and every life.
    pub settings: Settings,
}

impl ConfigFile {
    /// Returns what a provider is made of, under this issuer.
    ///
    /// `mtls` is the origin of the listener that asks for client certificates, where there is one.
    pub fn under(self, issuer: Origin, mtls: Option<Origin>) -> (Config, Settings) {
        let Self { role, clients, users, resources, settings, .. } = self;
        (Config { issuer, mtls, role, clients, users, resources }, settings)
    }
}

/// Why a configuration file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadConfig {
    line: usize,
    reason: String,
}

impl BadConfig {
    /// Returns the line of the file, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

/// The file as it is written.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct File {
    issuer: Option<String>,
    role: Role,
    clients: Vec<Client>,
    users: Vec<User>,
    resources: Vec<Resource>,
    settings: Settings,
}

/// Reads a configuration file.
///
/// # Errors
///
/// [`BadConfig`] names the line and the first mistake; it never quotes a secret.
pub fn read(text: &str) -> Result<ConfigFile, BadConfig> {
    let tree = Tree::parse(text).map_err(|(line, reason)| BadConfig { line, reason: format!("not TOML: {reason}") })?;
    understand(&tree).map_err(|wrong| BadConfig { line: tree.line(&wrong.at), reason: wrong.to_string() })
}

/// Returns a file in which every key is explained; commented out are those that say the default.
pub fn example() -> &'static str {
    include_str!("../example.toml")
}

fn understand(tree: &Tree<'_>) -> Result<ConfigFile, Wrong> {
    let File { issuer, role, clients, users, resources, settings } = strict::read(Source::File, tree.plain())?;
    names::check(&clients, &users, &resources)?;
    for (n, client) in clients.iter().enumerate() {
        let checked = client.check().and_then(|()| client.check_profile(settings.fapi));
        checked.map_err(|bad| wrong_item("clients", n, bad.to_string(), bad.hint(COMPLETE)))?;
    }
    for (n, resource) in resources.iter().enumerate() {
        let hint = "set access_token_signing_alg to one of these";
        let named = |reason: String| format!("resource {:?}: {reason}", resource.identifier);
        let checked = resource.check_profile(settings.fapi);
        checked.map_err(|reason| wrong_item("resources", n, named(reason), hint))?;
    }
    for (n, user) in users.iter().enumerate() {
        user.check().map_err(|bad| wrong_item("users", n, bad.to_string(), COMPLETE))?;
    }
    let issuer = issuer.as_deref().map(Origin::parse).transpose().map_err(|bad| Wrong {
        at: vec![Step::Key("issuer".to_owned())],
        reason: format!("issuer: {bad}"),
        hint: "or leave it out".to_owned(),
    })?;
    Ok(ConfigFile { issuer, role, clients, users, resources, settings })
}

fn wrong_item(list: &str, n: usize, reason: String, hint: &str) -> Wrong {
    Wrong { at: vec![Step::Key(list.to_owned()), Step::Item(n)], reason, hint: hint.to_owned() }
}

#[cfg(test)]
mod tests;
