//! An OpenID provider for tests: honest by default, weak only behind named switches.
//!
//! The folders are the specification: one file per endpoint and per grant. The provider knows nothing about the
//! applications that use it beyond their registration, so any relying party and any resource server can be tested with it.

mod authorization_request;
mod authorization_response;
mod client_auth;
mod clients;
mod control;
mod cors;
mod endpoints;
mod expiring;
mod grants;
mod issuer;
mod key;
mod logout;
mod oauth_error;
mod pages;
mod parameters;
mod scope;
mod sessions;
mod settings;
mod tokens;

use std::sync::Arc;

use hosting::{Handed, Origin};

pub use clients::{Client, ClientKind, User};
pub use control::{Control, Counts};
pub use logout::Notified;
pub use settings::{AccessTokenFormat, Settings, Switch};

/// Who the provider is, and whom it knows.
#[derive(Clone, Debug)]
pub struct Config {
    /// The issuer identifier, which is also the origin of every endpoint.
    pub issuer: Origin,
    /// The registered clients.
    pub clients: Vec<Client>,
    /// The people who can sign in.
    pub users: Vec<User>,
}

/// A provider that is ready to be served.
pub struct Provider {
    /// Every endpoint.
    pub router: axum::Router,
    /// What an administrator can do beside the protocol.
    pub control: Control,
}

/// Makes a provider with a signing key of its own and no session.
pub fn app(config: Config, settings: Settings, handed: Handed) -> Provider {
    let issuer = Arc::new(issuer::Issuer::new(config, settings, handed));
    Provider { router: endpoints::router(Arc::clone(&issuer)), control: Control::new(issuer) }
}
