//! An OpenID provider for tests: honest by default, weak only behind named switches.
//!
//! The folders are the specification: one file per endpoint, per grant, per way to authenticate and per group of lies.
//! The provider knows nothing about the applications that use it beyond their registration, so any relying party and
//! any resource server can be tested with it.

mod authorization_request;
mod authorization_response;
mod binding;
mod client_auth;
mod client_call;
mod clients;
mod config;
pub mod config_file;
mod consent;
mod control;
mod control_api;
mod cors;
mod dpop;
mod endpoints;
mod events;
mod expiring;
mod grants;
mod id_token;
mod issuer;
mod jose;
mod keys;
mod logout;
mod misbehaviour;
mod nearest;
mod oauth_error;
mod pages;
mod parameters;
mod registry;
mod scope;
mod session_management;
mod sessions;
mod settings;
mod strict;
mod tokens;
mod users;
mod whole_user;

use std::sync::Arc;

use hosting::Handed;

pub use clients::{AuthMethod, BadClient, Client};
pub use config::{Config, Resource, Role};
pub use control::{Control, Counts, SessionSeen};
pub use events::{Event, Happened};
pub use keys::SigningAlgorithm;
pub use logout::Notified;
pub use misbehaviour::{
    ArmedLie, AuthorizationResponseLie, DpopLie, FrontChannelLie, IdTokenLie, IntrospectionLie, Lie, LogoutTokenLie,
    MetadataLie, RevocationLie, Times, TokenResponseLie, UnknownLie,
};
pub use settings::{
    AccessTokenFormat, Allowed, Consent, CookieName, LogoutSubject, Randomness, SameSite, Settings, Switch,
};
pub use users::User;

/// A provider that is ready to be served.
pub struct Provider {
    /// Every endpoint; the listener that asks for client certificates serves the same ones.
    pub router: axum::Router,
    /// What an administrator can do beside the protocol.
    pub control: Control,
    /// The same over HTTP, for a listener that only this machine reaches; nobody serves it unless told to.
    pub control_api: axum::Router,
}

/// Makes a provider with signing keys of its own and no session.
///
/// # Panics
///
/// When a client of the configuration is not whole; `Client` says what each needs. Where [`Settings::fapi`] is on, also
/// when FAPI 2.0 forbids the algorithm of a client or of a resource.
pub fn app(config: Config, settings: Settings, handed: Handed) -> Provider {
    let issuer = Arc::new(issuer::Issuer::new(config, settings, handed));
    let control = Control::new(Arc::clone(&issuer));
    Provider { router: endpoints::router(issuer), control_api: control_api::router(control.clone()), control }
}
