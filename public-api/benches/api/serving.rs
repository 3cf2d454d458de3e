//! The process that is measured: an API for each row and a hello, on plain http, with nothing recorded.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::routing::get;
use hosting::{Clock, Credentials, Handed, Issuer, Journal, Listener, Names, Origin, Outbound, Secret, Timeouts, Wire};
use public_api::{Business, Config, Dpop, Format, IntrospectionClient, Settings};

use crate::names::{ASKING, AUDIENCE, CACHING, HELLO, ISSUER, PROVEN, PROVIDER, SCOPE, VERIFYING};
use crate::{child, verification};

/// How long the answers of the issuer are kept where they are, in seconds.
const KEPT_S: u64 = 60;

/// Serves until stdin is closed; the peers are at the port `peers`.
pub(crate) fn serve(peers: &str) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("start the server's threads")?;
    let _inside = runtime.enter();
    let peers: u16 = peers.parse().with_context(|| format!("not a port: {peers}"))?;
    let handed = handed(SocketAddr::from((Ipv4Addr::LOCALHOST, peers)));
    let wires = vec![
        Wire { authority: HELLO.to_owned(), party: "hello", router: hello()? },
        api(CACHING, caching(), &handed)?,
        api(ASKING, Settings::default(), &handed)?,
        api(VERIFYING, Settings { format: Format::Jwt, ..Settings::default() }, &handed)?,
        api(PROVEN, Settings { dpop: Dpop::Accept, ..caching() }, &handed)?,
    ];
    let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None)?;
    let running = listener.serve(wires, &Journal::off(handed.credentials));
    child::announce(running.address().port())
}

fn handed(peers: SocketAddr) -> Handed {
    let names = Names::default();
    names.insert(PROVIDER, peers);
    let credentials = Credentials::off();
    let journal = Journal::off(credentials.clone());
    let outbound = Outbound::new(&names, None, journal, Timeouts::default());
    Handed { clock: Clock::system(), credentials, outbound }
}

fn caching() -> Settings {
    let mut settings = Settings::default();
    settings.introspection.cache_s = KEPT_S;
    settings
}

fn api(authority: &str, settings: Settings, handed: &Handed) -> Result<Wire> {
    let config = Config {
        name: "api",
        business: Business::Accounts,
        origin: Origin::parse(&format!("http://{authority}"))?,
        issuer: Issuer::parse(ISSUER)?,
        introspection: Some(IntrospectionClient { id: "api".to_owned(), secret: Secret::new("the-secret-of-the-api") }),
        audience: AUDIENCE.to_owned(),
        scope: SCOPE.to_owned(),
        allowed_origins: Vec::new(),
    };
    let api = public_api::app(config, settings, handed.clone()).context("build the API")?;
    Ok(Wire { authority: authority.to_owned(), party: "api", router: api.router })
}

/// The limit, and the same after one verification, so that a verification is seen at its price under load.
fn hello() -> Result<Router> {
    let verify = verification::verifier()?;
    let verifying = move || {
        verify();
        std::future::ready("hello")
    };
    Ok(Router::new().route("/hello", get(|| async { "hello" })).route("/hello/verifying", get(verifying)))
}
