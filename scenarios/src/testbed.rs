//! One play's deployment, running: its servers, its names, its journal, and the attacker's origins.

pub mod attacker;
mod providers;

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use axum::Router;
use hosting::{
    Authority, Clock, Credentials, Handed, Journal, Kind, Listener, Names, Origin, Outbound, Running, Secret, Timeouts,
    Wire,
};

use crate::deployment::{Architecture, Deployment};
use crate::page::Pages;
use crate::settings::Implant;
use attacker::Attacker;

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
    /// The identity provider, cross-site to the application.
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
}

impl Origins {
    fn new(
        n: usize,
        scheme: &Scheme,
        architecture: Architecture,
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
        Ok(Self {
            app: origin(format!("{}.app{n}", architecture.name()), public)?,
            api: origin(format!("api.app{n}"), public)?,
            idp: origin(format!("login.idp{n}"), public)?,
            mtls: origin(format!("mtls.idp{n}"), mtls)?,
            rogue: origin(format!("login.rogue{n}"), public)?,
            sibling: origin(format!("sibling.app{n}"), public)?,
            evil: origin(format!("evil{n}"), public)?,
            downstream: origin(format!("orders.internal{n}"), private)?,
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
        let authority = match scheme {
            Scheme::Tls(authority) => Some(authority.clone()),
            Scheme::Plain => None,
        };
        let mut address = LOOPBACK;
        address.set_port(port);
        let public = Listener::bind(address, authority.as_ref()).context("bind the internet's address")?;
        let private = Listener::bind(PRIVATE, authority.as_ref()).context("bind the private zone's address")?;
        let bind_mtls = |authority| Listener::bind_asking_for_certificates(LOOPBACK, authority);
        let mtls = authority.as_ref().map(bind_mtls).transpose().context("bind the address for client certificates")?;
        let mtls_address = mtls.as_ref().map_or(public.address(), Listener::address);
        let addresses = (public.address(), mtls_address, private.address());
        let origins = Origins::new(n, scheme, deployment.architecture, addresses.0, addresses.1, addresses.2)?;
        let names = Names::default();
        for origin in [&origins.app, &origins.api, &origins.idp, &origins.rogue, &origins.sibling, &origins.evil] {
            names.insert(origin.host(), public.address());
        }
        names.insert(origins.mtls.host(), mtls_address);
        names.insert(origins.downstream.host(), private.address());
        let credentials = Credentials::default();
        let journal = Journal::on(credentials.clone());
        let outbound = Outbound::new(&names, authority.as_ref(), journal.clone(), Timeouts::default());
        let handed = Handed { clock: clock.clone(), credentials: credentials.clone(), outbound: outbound.clone() };

        let secrets = Secrets::fresh(&credentials);
        let with_mtls = mtls.is_some();
        let provider = mock_idp::app(
            providers::honest(&origins, &secrets, with_mtls),
            deployment.settings.idp.clone(),
            handed.clone(),
        );
        let rogue = mock_idp::app(providers::rogue(&origins, &secrets), mock_idp::Settings::default(), handed.clone());
        let attacker = Attacker::new();
        let by_certificate = wire(&origins.mtls, "idp", provider.router.clone());
        let mut wires = vec![
            wire(&origins.idp, "idp", provider.router),
            wire(&origins.rogue, "rogue idp", rogue.router),
            wire(&origins.sibling, "attacker", attacker.router()),
            wire(&origins.evil, "attacker", attacker.router()),
        ];
        let api = |origin: &Origin| api(origin, &origins, &secrets, deployment, handed.clone());
        let transfers: Box<dyn Fn() -> u64 + Send + Sync>;
        let mut inside = Vec::new();
        match deployment.architecture {
            Architecture::Bff => {
                let downstream = api(&origins.downstream);
                inside.push(wire(&origins.downstream, "api", downstream.router));
                let bff = bff(&origins, &secrets, deployment, pages, handed.clone());
                let ledger = bff.ledger;
                transfers = Box::new(move || ledger.transfers());
                wires.push(wire(&origins.app, "bff", bff.router));
            }
            Architecture::Spa => {
                let public_api = api(&origins.api);
                let ledger = public_api.ledger;
                transfers = Box::new(move || ledger.transfers());
                wires.push(wire(&origins.api, "api", public_api.router));
                wires.push(wire(&origins.app, "spa", spa(&origins, deployment, pages, handed.clone())));
            }
            Architecture::Provider => transfers = Box::new(|| 0),
        }
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

/// The secrets of a play's clients and users.
#[derive(Debug)]
pub struct Secrets {
    /// The secret of the client `bff`.
    pub bff: Secret,
    /// The secret of the resource server `api`.
    pub api: Secret,
    /// The secret with which the applications are registered at the attacker's provider.
    pub rogue: Secret,
    password: Secret,
}

impl Secrets {
    fn fresh(credentials: &Credentials) -> Self {
        let fresh = |kind| {
            let value = hosting::random_token();
            credentials.mint(kind, &value);
            Secret::new(value)
        };
        credentials.mint(Kind::Password, PASSWORD);
        Self {
            bff: fresh(Kind::ClientSecret),
            api: fresh(Kind::ClientSecret),
            rogue: fresh(Kind::ClientSecret),
            password: Secret::new(PASSWORD),
        }
    }
}

/// The password of every invented user; `serve` tells it to the person at the screen.
pub const PASSWORD: &str = "correct horse battery";

fn wire(origin: &Origin, party: &'static str, router: Router) -> Wire {
    Wire { authority: origin.authority().to_owned(), party, router }
}

/// The audience of the business API's access tokens.
const AUDIENCE: &str = "accounts-api";

fn api(
    origin: &Origin,
    origins: &Origins,
    secrets: &Secrets,
    deployment: &Deployment,
    handed: Handed,
) -> public_api::Api {
    let config = public_api::Config {
        origin: origin.clone(),
        issuer: origins.idp.clone(),
        introspection_client_id: "api".to_owned(),
        introspection_client_secret: secrets.api.clone(),
        audience: AUDIENCE.to_owned(),
        allowed_origins: vec![origins.app.clone()],
    };
    let mut settings = deployment.settings.api.clone();
    // What the page sends and what the API takes are one decision of two parties.
    if deployment.settings.spa.credential == spa_app::Credential::Cookie {
        settings.credential = public_api::Credential::Cookie;
    }
    public_api::app(config, settings, handed)
}

fn bff(origins: &Origins, secrets: &Secrets, deployment: &Deployment, pages: &Pages, handed: Handed) -> bff_app::Bff {
    let config = bff_app::Config {
        origin: origins.app.clone(),
        issuer: origins.idp.clone(),
        client_id: "bff".to_owned(),
        client_secret: secrets.bff.clone(),
        downstream: origins.downstream.clone(),
        page: bff_app::Page {
            script: pages.bff.script.clone(),
            style: pages.bff.style.clone(),
            implant: implant(deployment, origins),
        },
    };
    bff_app::app(config, deployment.settings.bff.clone(), handed)
}

fn spa(origins: &Origins, deployment: &Deployment, pages: &Pages, handed: Handed) -> Router {
    let config = spa_app::Config {
        origin: origins.app.clone(),
        issuer: origins.idp.clone(),
        api: origins.api.clone(),
        client_id: "spa".to_owned(),
        page: spa_app::Page {
            script: pages.spa.script.clone(),
            style: pages.spa.style.clone(),
            implant: implant(deployment, origins),
        },
    };
    spa_app::app(config, deployment.settings.spa.clone(), handed)
}

fn implant(deployment: &Deployment, origins: &Origins) -> Option<String> {
    let mode = match deployment.settings.page.implant {
        Implant::Off => return None,
        Implant::Read => "read",
        Implant::Steal => "steal",
        Implant::Ride => "ride",
    };
    Some(attacker::implant(mode, &origins.evil))
}
