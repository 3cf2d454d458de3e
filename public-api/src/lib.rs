//! The business API: a ledger behind bearer tokens that are introspected.
//!
//! It trusts no page and keeps no session: every call brings an access token, and every token is shown to its issuer.

mod access_token;
mod cors;
mod endpoints;
mod ledger;
mod problem;
mod settings;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use hosting::{Handed, Origin, Secret};

pub use ledger::Ledger;
pub use settings::{CacheKey, Cors, Credential, Introspection, Settings, Switch};

/// What the API must know about itself and its peers.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it is reached; named as the realm of its challenges.
    pub origin: Origin,
    /// Who issues its tokens, found by discovery.
    pub issuer: Origin,
    /// Under which name it asks the issuer about tokens.
    pub introspection_client_id: String,
    /// The secret that belongs to that name.
    pub introspection_client_secret: Secret,
    /// What a token must be meant for.
    pub audience: String,
    /// The pages that may read its answers.
    pub allowed_origins: Vec<Origin>,
}

/// The API: what serves, and what it keeps.
#[derive(Clone)]
pub struct Api {
    /// Serves every endpoint.
    pub router: Router,
    /// The money, for whoever counts what was carried out.
    pub ledger: Ledger,
}

/// Builds the API.
pub fn app(config: Config, settings: Settings, handed: Handed) -> Api {
    let ledger = Ledger::default();
    let pages = cors::Pages::new(&config, &settings);
    let gate = access_token::Gate::new(config, settings, handed);
    let router = endpoints::routes(ledger.clone())
        .route_layer(from_fn_with_state(gate, access_token::require))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(from_fn_with_state(pages, cors::answer))
        .layer(from_fn(problem::harden));
    Api { router, ledger }
}

#[cfg(test)]
mod tests;
