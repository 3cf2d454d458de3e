//! The process that is measured: the BFF and a hello, on plain http, with nothing recorded.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::routing::get;
use bff_app::{Api, Config, Page, Registration, Route, Settings, Storage};
use hosting::{Clock, Credentials, Handed, Issuer, Journal, Listener, Names, Origin, Outbound, Secret, Timeouts, Wire};
use http::Method;

use crate::names::{CLIENT, GATEWAY, HELLO, ISSUER, ORDERS, PROVIDER, SCOPE};
use crate::{child, store, verification};

/// Serves until stdin is closed; the peers are at the port `peers`.
pub(crate) fn serve(store: &str, place: &str, peers: &str) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("start the server's threads")?;
    let _inside = runtime.enter();
    let peers: u16 = peers.parse().with_context(|| format!("not a port: {peers}"))?;
    let handed = handed(SocketAddr::from((Ipv4Addr::LOCALHOST, peers)));
    let (kept_in, storage) = store::read(store, place)?;
    let mut settings = Settings::default();
    settings.session.store = kept_in;
    let bff = bff_app::app(config(storage)?, settings, handed.clone()).context("build the BFF")?;
    let wires = vec![
        Wire { authority: HELLO.to_owned(), party: "hello", router: hello()? },
        Wire { authority: GATEWAY.to_owned(), party: "bff", router: bff.router },
    ];
    let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None)?;
    let running = listener.serve(wires, &Journal::off(handed.credentials));
    child::announce(running.address().port())
}

fn handed(peers: SocketAddr) -> Handed {
    let names = Names::default();
    for host in [PROVIDER, ORDERS] {
        names.insert(host, peers);
    }
    let credentials = Credentials::off();
    let journal = Journal::off(credentials.clone());
    let outbound = Outbound::new(&names, None, journal, Timeouts::default());
    Handed { clock: Clock::system(), credentials, outbound }
}

fn config(storage: Storage) -> Result<Config> {
    Ok(Config {
        origin: Origin::parse(&format!("http://{GATEWAY}"))?,
        issuer: Issuer::parse(ISSUER)?,
        client: Registration {
            id: CLIENT.to_owned(),
            secret: Some(Secret::new("the-secret-of-the-bff")),
            key: None,
            certificate: None,
        },
        scope: SCOPE.to_owned(),
        apis: vec![Api {
            name: "orders".to_owned(),
            base: format!("http://{ORDERS}"),
            audience: None,
            routes: vec![Route { methods: vec![Method::GET], path: "list".to_owned() }],
        }],
        technical_user: None,
        public_api: None,
        storage,
        page: Page {
            script: String::new(),
            style: String::new(),
            worker: None,
            manifest: None,
            icon: None,
            implant: None,
            settings: serde_json::json!({}),
        },
    })
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
