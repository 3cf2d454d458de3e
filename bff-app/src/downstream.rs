//! The APIs behind the application: where they are, what of them is passed on, and with which credential.

mod base;
mod certificate;
mod credential;
mod exchange;
mod kept;
mod password;
mod relay;

use hosting::{Handed, Outbound};

use crate::problem::Problem;
use crate::proxy::Routes;
use crate::session::Found;
use crate::settings::{Downstream, Settings};
use crate::streams::Places;
use crate::{Api, Config, Inner};

pub(crate) use base::Base;
pub(crate) use credential::Credential;

/// The page's side of every API's path.
const PREFIX: &str = "/api/";

/// Every API behind the application.
pub(crate) struct Downstreams {
    apis: Vec<Behind>,
    outbound: Outbound,
    /// The places for whatever stays open.
    pub(crate) places: Places,
}

/// An API behind the application.
pub(crate) struct Behind {
    pub(crate) name: String,
    /// Nothing where the configured base is no address.
    pub(crate) base: Option<Base>,
    /// What its tokens are for (RFC 8707): its own name for itself, or else its address.
    audience: String,
    pub(crate) routes: Routes,
}

impl Downstreams {
    pub(crate) fn new(config: &Config, settings: &Settings, handed: &Handed) -> Self {
        let outbound = handed.outbound.named("bff");
        let outbound = match settings.downstream {
            Downstream::Certificate => certificate::presenting(config, &outbound),
            Downstream::Relay | Downstream::Exchange | Downstream::Password => outbound,
        };
        Self { apis: config.apis.iter().map(Behind::new).collect(), outbound, places: Places::new() }
    }

    /// Finds the API that a path names, and what follows the name: nothing, or what stands after the next slash.
    pub(crate) fn named<'a>(&self, path: &'a str) -> Option<(&Behind, Option<&'a str>)> {
        let path = path.strip_prefix(PREFIX)?;
        let (name, rest) = match path.split_once('/') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        Some((self.apis.iter().find(|api| api.name == name)?, rest))
    }

    /// Returns the way to the APIs.
    pub(crate) fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    /// Returns the credential with which an API is called for the user of a session.
    ///
    /// `refused` is the token that the API has just refused although it looked good: another one is fetched.
    ///
    /// # Errors
    ///
    /// 401 when the session has ended; 502 when the provider does not answer or refuses.
    pub(crate) async fn credential(
        &self,
        bff: &Inner,
        behind: &Behind,
        found: &Found,
        refused: Option<&str>,
    ) -> Result<Credential, Problem> {
        match bff.settings.downstream {
            Downstream::Relay => relay::credential(bff, found, refused).await,
            // On the heap, because every call of a relay would carry the room for them from hand to hand.
            Downstream::Exchange => Box::pin(exchange::credential(bff, behind, found, refused)).await,
            Downstream::Password => Box::pin(password::credential(bff, behind, refused)).await,
            Downstream::Certificate => certificate::credential(bff, found, refused).await,
        }
    }
}

impl Behind {
    fn new(api: &Api) -> Self {
        Self {
            name: api.name.clone(),
            base: Base::parse(&api.base),
            audience: api.audience.clone().unwrap_or_else(|| api.base.clone()),
            routes: Routes::new(&api.routes),
        }
    }
}
