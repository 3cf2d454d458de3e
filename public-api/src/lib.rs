//! The business API: a ledger behind access tokens.
//!
//! It trusts no page and keeps no session: every call brings an access token, and every token is shown to its issuer or
//! verified with the issuer's keys.

mod access_token;
mod body;
mod cannot_start;
mod config;
pub mod config_file;
mod cors;
mod endpoints;
mod envelope;
mod ledger;
mod problem;
mod settings;
mod streams;

use axum::Router;
use axum::middleware::from_fn_with_state;
use hosting::Handed;

use access_token::Gate;
pub use access_token::{DPOP_AGE_S, LEEWAY_S};
pub use cannot_start::CannotStart;
pub use config::{Business, Config, IntrospectionClient};
use envelope::Envelope;
pub use ledger::Ledger;
pub use settings::{
    CacheKey, Cors, Credential, Dpop, Format, Introspection, KeySource, Live, Settings, Switch, WsAuth,
};
use streams::{Pace, Streams};

/// The API: what serves, and what it keeps.
#[derive(Clone, Debug)]
pub struct Api {
    /// Serves every endpoint.
    pub router: Router,
    /// The money, for whoever counts what was carried out.
    pub ledger: Ledger,
}

/// Builds the API.
///
/// # Errors
///
/// [`CannotStart`] when the settings demand what the configuration does not give.
pub fn app(config: Config, settings: Settings, handed: Handed) -> Result<Api, CannotStart> {
    build(config, settings, handed, Pace::default())
}

fn build(config: Config, settings: Settings, handed: Handed, pace: Pace) -> Result<Api, CannotStart> {
    cannot_start::check(&config, &settings)?;
    let business = config.business;
    let ledger = Ledger::default();
    let envelope = Envelope::new(&config, &settings);
    let gate = Gate::new(config, settings, handed);
    let streams = Streams::new(gate.clone(), ledger.clone(), pace);
    let router = endpoints::routes(business, ledger.clone(), gate, streams)
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(from_fn_with_state(envelope, envelope::wrap));
    Ok(Api { router, ledger })
}

#[cfg(test)]
mod tests;
