//! The static host of the single-page application: a page, its files and its settings, nothing more.
//!
//! Sign-in, tokens and calls of the API are the page's own business; no request that comes here carries a credential.

mod config;
pub mod config_file;
mod endpoints;
mod files;
mod headers;
mod policy;
mod settings;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use hosting::Handed;

pub use config::{Config, Page};
pub use settings::{Credential, Hardening, IdToken, Renewal, ReturnUrl, Settings, Store, Switch, WsAuth};

struct Host {
    config: Config,
    settings: Settings,
    policies: policy::Policies,
    files: files::Files,
}

type Shared = Arc<Host>;

/// Builds the host.
///
/// It is handed what every server is handed, and needs none of it: it reads no clock, mints nothing and calls nobody.
pub fn app(config: Config, settings: Settings, _handed: Handed) -> Router {
    let policies = policy::Policies::new(&config, &settings);
    let files = files::Files::new(&config, &settings);
    let host: Shared = Arc::new(Host { config, settings, policies, files });
    endpoints::routes().with_state(host.clone()).layer(from_fn_with_state(host, headers::harden))
}

#[cfg(test)]
mod tests;
