//! The static host of the single-page application: a page, its two files and its settings, nothing more.
//!
//! Sign-in, tokens and calls of the API are the page's own business; no request that comes here carries a credential.

mod endpoints;
mod headers;
mod settings;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use hosting::{Handed, Origin};

pub use settings::{Credential, ReturnUrl, Settings, Switch};

/// What the host must know about the page, itself and the page's peers.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the page is reached.
    pub origin: Origin,
    /// Who signs its users in.
    pub issuer: Origin,
    /// The API that the page calls.
    pub api: Origin,
    /// Under which name the page is known to the issuer.
    pub client_id: String,
    /// The page as it was built.
    pub page: Page,
}

/// The built page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Its script, served at `/assets/app.js`.
    pub script: String,
    /// Its style sheet, served at `/assets/app.css`.
    pub style: String,
    /// Hostile script that is delivered with the page's own, as a compromised dependency would be.
    pub implant: Option<String>,
}

struct Host {
    config: Config,
    settings: Settings,
}

type Shared = Arc<Host>;

/// Builds the host.
///
/// It is handed what every server is handed, and needs none of it: it reads no clock, mints nothing and calls nobody.
pub fn app(config: Config, settings: Settings, _handed: Handed) -> Router {
    let policy = headers::Policy::new(&config, &settings);
    let host: Shared = Arc::new(Host { config, settings });
    endpoints::routes().with_state(host).layer(from_fn_with_state(policy, headers::harden))
}

#[cfg(test)]
mod tests;
