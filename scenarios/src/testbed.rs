//! One play's deployment, running: its servers, its names, its journal, and the attacker's origins.

mod applications;
pub mod attacker;
mod providers;
mod secrets;
mod storage;

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, bail};
use axum::Router;
use hosting::{
    Authority, Clock, Credentials, Handed, Journal, Listener, Names, Origin, Outbound, Running, Timeouts, Wire,
};

use crate::deployment::{Architecture, Deployment};
use crate::page::Pages;
use crate::settings::{ProviderSite, Settings};
use applications::{Built, Parts};
use attacker::Attacker;
pub use secrets::{PASSWORD, Secrets};
use storage::Storage;

/// Where plays live: TLS on `.test`, or plain http on `.localhost` for a person's own browser.
#[derive(Clone, Debug)]
pub enum Scheme {
    /// `https://*.test`, one leaf per name.
    Tls(Authority),
    /// `http://*.localhost:PORT`.
    Plain,
}

/// The origins of one play.
#[derive(Clone, Debug)]
pub struct Origins {
    /// The page's origin: the BFF, or the static host of the SPA.
    pub app: Origin,
    /// The public API of the SPA.
    pub api: Origin,
    /// The identity provider: on a site of its own, or on the application's with `wire.provider_site = same-site`.
    pub idp: Origin,
    /// Where the identity provider asks for client certificates (RFC 8705 §5).
    pub mtls: Origin,
    /// A second identity provider, which an attacker runs.
    pub rogue: Origin,
    /// An attacker on a sibling subdomain.
    pub sibling: Origin,
    /// An attacker on another site.
    pub evil: Origin,
    /// The BFF's downstream API, in the private zone.
    pub downstream: Origin,
    /// The second API, whose tokens are for another audience: behind a BFF in the private zone, else public.
    pub payments: Origin,
}

impl Origins {
    fn new(
        n: usize,
        scheme: &Scheme,
        deployment: &Deployment,
        public: SocketAddr,
        mtls: SocketAddr,
        private: SocketAddr,
    ) -> Result<Self> {
        let origin = |host: String, address: SocketAddr| {
            let text = match scheme {
                Scheme::Tls(_) => format!("https://{host}.test"),
                Scheme::Plain => format!("http://{host}.localhost:{}", address.port()),
            };
            Origin::parse(&text).with_context(|| format!("make the origin {text}"))
        };
        let idp = match deployment.settings.wire.provider_site {
            ProviderSite::CrossSite => format!("login.idp{n}"),
            ProviderSite::SameSite => format!("login.app{n}"),
        };
        let payments = match deployment.architecture {
            Architecture::Bff => origin(format!("payments.internal{n}"), private),
            _ => origin(format!("payments.app{n}"), public),
        };
        Ok(Self {
            app: origin(format!("{}.app{n}", deployment.architecture.name()), public)?,
            api: origin(format!("api.app{n}"), public)?,
            idp: origin(idp, public)?,
            mtls: origin(format!("mtls.idp{n}"), mtls)?,
            rogue: origin(format!("login.rogue{n}"), public)?,
            sibling: origin(format!("sibling.app{n}"), public)?,
            evil: origin(format!("evil{n}"), public)?,
            downstream: origin(format!("orders.internal{n}"), private)?,
            payments: payments?,
        })
    }
}

/// A running deployment.
pub struct Testbed {
    /// What is running.
    pub deployment: Deployment,
    /// Where it is.
    pub origins: Origins,
    /// Its time.
    pub clock: Clock,
    /// Its credentials.
    pub credentials: Credentials,
    /// Its traffic.
    pub journal: Journal,
    /// Its names.
    pub names: Names,
    /// The client that actors use.
    pub outbound: Outbound,
    /// The attacker's origins and loot.
    pub attacker: Attacker,
    /// The provider's administration.
    pub provider: mock_idp::Control,
    /// The administration of the attacker's provider, which can be told to lie.
    pub rogue: mock_idp::Control,
    /// The secrets of the registered clients, for actors that play a client.
    pub secrets: Secrets,
    /// How many transfers the business has carried out.
    pub transfers: Box<dyn Fn() -> u64 + Send + Sync>,
    /// The authority that browsers must trust, under TLS.
    pub authority: Option<Authority>,
    public: Running,
    /// The listener for client certificates, which plain http cannot have.
    mtls: Option<Running>,
    private: Running,
    /// Where its sessions are kept; it goes with the play.
    _storage: Storage,
}

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const PRIVATE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)), 0);

impl Testbed {
    /// Boots a deployment under host names that carry its number.
    ///
    /// # Errors
    ///
    /// When an address cannot be bound.
    pub fn boot(
        deployment: &Deployment,
        n: usize,
        scheme: &Scheme,
        pages: &Pages,
        port: u16,
        clock: Clock,
    ) -> Result<Self> {
        if let Some(conflict) = deployment.settings.conflict(deployment.architecture) {
            bail!("{}: {conflict}", deployment.described());
        }
        let authority = match scheme {
            Scheme::Tls(authority) => Some(authority.clone()),
            Scheme::Plain => None,
        };
        let mut address = LOOPBACK;
        address.set_port(port);
        let public = Listener::bind(address, authority.as_ref()).context("bind the internet's address")?;
        // A backend may come with a certificate (RFC 8705 §3); browsers, whom a listener would ask too, never come here.
        let private = match &authority {
            Some(authority) => Listener::bind_asking_for_certificates(PRIVATE, authority),
            None => Listener::bind(PRIVATE, None),
        };
        let private = private.context("bind the private zone's address")?;
        let bind_mtls = |authority| Listener::bind_asking_for_certificates(LOOPBACK, authority);
        let mtls = authority.as_ref().map(bind_mtls).transpose().context("bind the address for client certificates")?;
        let mtls_address = mtls.as_ref().map_or(public.address(), Listener::address);
        let addresses = (public.address(), mtls_address, private.address());
        let origins = Origins::new(n, scheme, deployment, addresses.0, addresses.1, addresses.2)?;
        let names = Names::default();
        for origin in [&origins.app, &origins.api, &origins.idp, &origins.rogue, &origins.sibling, &origins.evil] {
            names.insert(origin.host(), public.address());
        }
        names.insert(origins.mtls.host(), mtls_address);
        names.insert(origins.downstream.host(), private.address());
        let is_private = deployment.architecture == Architecture::Bff;
        names.insert(origins.payments.host(), if is_private { private.address() } else { public.address() });
        let credentials = Credentials::default();
        let journal = Journal::on(credentials.clone());
        let outbound = Outbound::new(&names, authority.as_ref(), journal.clone(), Timeouts::default());
        let handed = Handed { clock: clock.clone(), credentials: credentials.clone(), outbound: outbound.clone() };

        let secrets = Secrets::fresh(&credentials);
        let settings = deployment.settings.agreed(deployment.architecture);
        let with_mtls = mtls.is_some();
        let provider = mock_idp::app(
            providers::honest(&origins, &secrets, &settings, with_mtls),
            settings.idp.clone(),
            handed.clone(),
        );
        let rogue = mock_idp::app(
            providers::rogue(&origins, &secrets, &Settings::default()),
            mock_idp::Settings::default(),
            handed.clone(),
        );
        let attacker = Attacker::new();
        let by_certificate = wire(&origins.mtls, "idp", provider.router.clone());
        let mut wires = vec![
            wire(&origins.idp, "idp", provider.router),
            wire(&origins.rogue, "rogue idp", rogue.router),
            wire(&origins.sibling, "attacker", attacker.router()),
            wire(&origins.evil, "attacker", attacker.router()),
        ];
        let (storage, told) = Storage::prepare(settings.bff.session.store, secrets.storage_key)?;
        let parts = Parts {
            storage: told,
            deployment,
            settings: &settings,
            origins: &origins,
            secrets: &secrets,
            pages,
            handed: handed.clone(),
        };
        let Built { public: applications, private: inside, transfers } = parts.build()?;
        wires.extend(applications);
        let public = public.serve(wires, &journal);
        let mtls = mtls.map(|listener| listener.serve(vec![by_certificate], &journal));
        let private = private.serve(inside, &journal);
        Ok(Self {
            deployment: deployment.clone(),
            origins,
            clock,
            credentials,
            journal,
            names,
            outbound,
            attacker,
            provider: provider.control,
            rogue: rogue.control,
            secrets,
            transfers,
            authority,
            public,
            mtls,
            private,
            _storage: storage,
        })
    }

    /// Returns the internet's address, where every public name is.
    pub fn address(&self) -> SocketAddr {
        self.public.address()
    }

    /// Closes every socket at once, as a crash of the machine would.
    pub fn kill(&self) {
        self.public.kill();
        if let Some(mtls) = &self.mtls {
            mtls.kill();
        }
        self.private.kill();
    }

    /// Stops every server; open exchanges may end within a bound.
    pub async fn stop(self) {
        self.public.stop().await;
        if let Some(mtls) = self.mtls {
            mtls.stop().await;
        }
        self.private.stop().await;
    }
}

fn wire(origin: &Origin, party: &'static str, router: Router) -> Wire {
    Wire { authority: origin.authority().to_owned(), party, router }
}
