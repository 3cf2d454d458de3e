//! The backend for frontend: a confidential client with sessions on the server and one cookie.

mod csrf;
mod endpoints;
mod headers;
mod id_token;
mod jws;
mod ledger;
mod logout_token;
mod oidc;
mod problem;
mod proxy;
mod refresh;
mod session;
mod settings;
mod sign_out;
mod transaction;

use std::sync::Arc;

use axum::Router;
use hosting::{Handed, Origin, Secret};

pub use ledger::Ledger;
pub use settings::{
    Cookie, CookieParser, CookiePrefix, Csp, Csrf, HandedOut, Login, Logout, Proxy, SameSite, Session, SessionStore,
    Settings, Switch, Tx,
};

/// What the BFF must know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it is served.
    pub origin: Origin,
    /// The identity provider.
    pub issuer: Origin,
    /// Its `client_id`.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The private API behind the proxy.
    pub downstream: Origin,
    /// The page that it delivers.
    pub page: Page,
}

/// The built page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its script.
    pub script: String,
    /// Its style sheet.
    pub style: String,
    /// Hostile script that the testbed plants in the bundle.
    pub implant: Option<String>,
}

/// The application: what serves, and what it keeps.
pub struct Bff {
    /// Serves every endpoint.
    pub router: Router,
    /// The money, for whoever counts what was carried out.
    pub ledger: Ledger,
}

/// What all endpoints share.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) settings: Settings,
    pub(crate) handed: Handed,
    pub(crate) oidc: oidc::Oidc,
    pub(crate) sessions: session::Sessions,
    pub(crate) transactions: transaction::Transactions,
    pub(crate) refreshes: refresh::Refreshes,
    pub(crate) tickets: sign_out::Tickets,
    pub(crate) seen: logout_token::Seen,
    pub(crate) ledger: Ledger,
}

pub(crate) type Shared = Arc<Inner>;

/// Builds the BFF.
pub fn app(config: Config, settings: Settings, handed: Handed) -> Bff {
    let shared = shared(config, settings, handed);
    let ledger = shared.ledger.clone();
    Bff { router: endpoints::router(shared), ledger }
}

fn shared(config: Config, settings: Settings, handed: Handed) -> Shared {
    Arc::new(Inner {
        oidc: oidc::Oidc::new(config.issuer.clone(), config.client_id.clone(), config.client_secret.clone(), &handed),
        sessions: session::Sessions::new(&settings, &handed),
        transactions: transaction::Transactions::default(),
        refreshes: refresh::Refreshes::default(),
        tickets: sign_out::Tickets::default(),
        seen: logout_token::Seen::default(),
        ledger: Ledger::default(),
        config,
        settings,
        handed,
    })
}

#[cfg(test)]
mod tests;
