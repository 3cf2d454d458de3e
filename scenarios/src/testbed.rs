//! One play's deployment, running: its servers, its names, its journal, and the attacker's origins.

pub mod attacker;

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
    /// How many transfers the business has carried out.
    pub transfers: Box<dyn Fn() -> u64 + Send + Sync>,
    /// The authority that browsers must trust, under TLS.
    pub authority: Option<Authority>,
    public: Running,
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
        let origins = Origins::new(n, scheme, deployment.architecture, public.address(), private.address())?;
        let names = Names::default();
        for origin in [&origins.app, &origins.api, &origins.idp, &origins.sibling, &origins.evil] {
            names.insert(origin.host(), public.address());
        }
        names.insert(origins.downstream.host(), private.address());
        let credentials = Credentials::default();
        let journal = Journal::on(credentials.clone());
        let outbound = Outbound::new(&names, authority.as_ref(), journal.clone(), Timeouts::default());
        let handed = Handed { clock: clock.clone(), credentials: credentials.clone(), outbound: outbound.clone() };

        let secrets = Secrets::fresh(&credentials);
        let provider =
            mock_idp::app(identity_provider(&origins, &secrets), deployment.settings.idp.clone(), handed.clone());
        let attacker = Attacker::new();
        let mut wires = vec![
            wire(&origins.idp, "idp", provider.router),
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
        }
        let public = public.serve(wires, &journal);
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
            transfers,
            authority,
            public,
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
        self.private.kill();
    }

    /// Stops every server; open exchanges may end within a bound.
    pub async fn stop(self) {
        self.public.stop().await;
        self.private.stop().await;
    }
}

struct Secrets {
    bff: Secret,
    api: Secret,
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
        Self { bff: fresh(Kind::ClientSecret), api: fresh(Kind::ClientSecret), password: Secret::new(PASSWORD) }
    }
}

/// The password of every invented user; `serve` tells it to the person at the screen.
pub const PASSWORD: &str = "correct horse battery";

fn wire(origin: &Origin, party: &'static str, router: Router) -> Wire {
    Wire { authority: origin.authority().to_owned(), party, router }
}

fn identity_provider(origins: &Origins, secrets: &Secrets) -> mock_idp::Config {
    let app = &origins.app;
    let scopes = || ["openid", "profile", "accounts", "offline_access"].map(str::to_owned).to_vec();
    let client = |id: &str, kind, secret: Option<&Secret>| mock_idp::Client {
        id: id.to_owned(),
        kind,
        secret: secret.cloned(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: vec![format!("{app}/")],
        backchannel_logout_uri: None,
        allowed_origins: Vec::new(),
        audience: AUDIENCE.to_owned(),
        scopes: scopes(),
    };
    let user = |username: &str, name: &str| mock_idp::User {
        sub: format!("sub-{username}"),
        username: username.to_owned(),
        password: secrets.password.clone(),
        name: name.to_owned(),
        email: format!("{username}@example.test"),
    };
    mock_idp::Config {
        issuer: origins.idp.clone(),
        clients: vec![
            mock_idp::Client {
                redirect_uris: vec![format!("{app}/bff/callback")],
                backchannel_logout_uri: Some(format!("{app}/bff/backchannel-logout")),
                ..client("bff", mock_idp::ClientKind::Confidential, Some(&secrets.bff))
            },
            mock_idp::Client {
                redirect_uris: vec![format!("{app}/callback")],
                allowed_origins: vec![app.to_string()],
                ..client("spa", mock_idp::ClientKind::Public, None)
            },
            client("api", mock_idp::ClientKind::ResourceServer, Some(&secrets.api)),
        ],
        users: vec![user("alice", "Alice Adams"), user("bob", "Bob Brown")],
    }
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
