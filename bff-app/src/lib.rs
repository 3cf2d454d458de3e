//! The backend for frontend: a confidential client with sessions on the server and one cookie.

mod cannot_start;
mod carried_through;
mod config;
pub mod config_file;
mod csp;
mod csrf;
mod downstream;
mod endpoints;
mod headers;
mod id_token;
mod jws;
mod ledger;
mod logout_token;
mod observe;
mod oidc;
mod problem;
mod proxy;
mod refresh;
mod remembered;
mod session;
mod settings;
mod step_up;
mod storage;
mod streams;
mod transaction;

use std::sync::{Arc, Weak};

use axum::Router;
use hosting::Handed;

pub use cannot_start::CannotStart;
pub use config::{Api, Config, Page, PublicApi, Registration, Route, Storage};
pub use ledger::Ledger;
pub use observe::Drain;
pub use oidc::Abilities;
pub use settings::{
    CacheKey, ClearSiteData, ClientAuth, Cookie, CookieParser, CookiePrefix, Csp, Csrf, CsrfToken, Downstream,
    HandedOut, HandedOutScope, Hardening, Login, Logout, Proxy, SameSite, ScriptPolicy, Session, SessionStore,
    Settings, Sse, Switch, Token, Tx, Worker, Ws,
};

/// The application: what serves, and what it keeps.
pub struct Bff {
    /// Serves every endpoint.
    pub router: Router,
    /// The money, for whoever counts what was carried out.
    pub ledger: Ledger,
    /// Takes the application out of service: `/health/ready` fails once it has begun.
    pub drain: Drain,
    shared: Shared,
}

impl Bff {
    /// Takes the application out of service, so that whoever distributes requests sends none here any more.
    pub fn drain(&self) {
        self.drain.begin();
    }

    /// Asks the provider what it can do beside signing users in; what it lacks is worth saying at the start.
    ///
    /// # Errors
    ///
    /// When its metadata cannot be fetched, or is not its own.
    pub async fn abilities(&self) -> Result<Abilities, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.shared.oidc.abilities().await?)
    }
}

/// What all endpoints share.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) settings: Settings,
    pub(crate) handed: Handed,
    pub(crate) oidc: oidc::Oidc,
    pub(crate) sessions: session::Sessions,
    pub(crate) remembered: remembered::Remembered,
    pub(crate) transactions: transaction::Transactions,
    pub(crate) refreshes: refresh::Refreshes,
    pub(crate) downstreams: downstream::Downstreams,
    pub(crate) csrf: csrf::Csrf,
    pub(crate) watch: observe::Observed,
    pub(crate) ledger: Ledger,
    /// Itself, for work that goes on when the request that began it has gone away.
    pub(crate) itself: Weak<Inner>,
}

pub(crate) type Shared = Arc<Inner>;

/// Builds the BFF.
///
/// # Errors
///
/// [`CannotStart`] names what the settings ask for and the configuration does not have.
pub fn app(config: Config, settings: Settings, handed: Handed) -> Result<Bff, CannotStart> {
    let shared = shared(config, settings, handed)?;
    let router = endpoints::router(shared.clone());
    Ok(Bff { router, ledger: shared.ledger.clone(), drain: shared.watch.drain.clone(), shared })
}

fn shared(config: Config, settings: Settings, handed: Handed) -> Result<Shared, CannotStart> {
    let backend = storage::Backend::open(&config, &settings)?;
    let remembered = remembered::Remembered::on(&backend, &handed)?;
    let oidc = oidc::Oidc::new(&config, &settings, &handed)?;
    let sessions = session::Sessions::on(&backend, &remembered, &config, &settings, &handed)?;
    Ok(Arc::new_cyclic(|itself| Inner {
        oidc,
        sessions,
        transactions: transaction::Transactions::new(&remembered, &settings, &handed),
        remembered,
        refreshes: refresh::Refreshes::new(&backend),
        downstreams: downstream::Downstreams::new(&config, &settings, &handed),
        csrf: csrf::Csrf::new(&config),
        watch: observe::Observed::new(),
        ledger: Ledger::default(),
        itself: itself.clone(),
        config,
        settings,
        handed,
    }))
}

#[cfg(test)]
mod tests;
