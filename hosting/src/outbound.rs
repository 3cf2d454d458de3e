//! The only HTTP client: this run's names and authority, bounded, without redirects, and it says who sent a request.
//!
//! A server that somebody hosts alone meets peers that are no part of any run: for it there is a client of the world.

mod connector;
mod passage;
mod resolver;
mod trust;

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, HeaderValue};

use crate::certificates::Authority;
use crate::identity::Identity;
use crate::journal::{HOP, Journal};
use crate::names::Names;
use crate::origin::Origin;
use crate::raw::{Raw, RawAnswer};
use passage::Passage;
use resolver::{Reach, Resolver};

pub use trust::{NotTrusted, Trust};

/// How long the client waits.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For a whole exchange, body included.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), whole: Duration::from_secs(10) }
    }
}

/// The one way out; clones share its connections.
#[derive(Clone)]
pub struct Outbound {
    client: reqwest::Client,
    passage: Passage,
    raw: Raw,
    journal: Journal,
    party: &'static str,
    resolver: Resolver,
    trust: Trust,
    timeouts: Timeouts,
}

impl Outbound {
    /// Makes a client that reaches the run's names only, and trusts the run's authority only.
    ///
    /// # Panics
    ///
    /// Never in practice: the TLS configuration is built by this crate.
    pub fn new(names: &Names, authority: Option<&Authority>, journal: Journal, timeouts: Timeouts) -> Self {
        Self::reaching(Resolver::new(names, Reach::Run), Trust::of_the_run(authority), journal, timeouts)
    }

    /// Makes a client that reaches the world, for a server that somebody hosts alone: whoever configured it named its peers.
    ///
    /// A name that is in no table is looked up by the system; [`Outbound::raw`] reaches the table's names only.
    pub fn to_the_world(names: &Names, trust: Trust, journal: Journal, timeouts: Timeouts) -> Self {
        Self::reaching(Resolver::new(names, Reach::World), trust, journal, timeouts)
    }

    fn reaching(resolver: Resolver, trust: Trust, journal: Journal, timeouts: Timeouts) -> Self {
        let tls = trust.client(None);
        Self {
            client: client(&resolver, tls.clone(), timeouts),
            passage: Passage::new(&resolver, &tls, timeouts.connect),
            raw: Raw::new(&resolver.names, tls),
            journal,
            party: "unknown",
            resolver,
            trust,
            timeouts,
        }
    }

    /// Returns a client with connections of its own, on which it presents this certificate where a listener asks.
    ///
    /// Source: RFC 8705 §2.
    #[must_use]
    pub fn with_identity(&self, identity: &Identity) -> Self {
        let tls = self.trust.client(Some(identity));
        Self {
            client: client(&self.resolver, tls.clone(), self.timeouts),
            passage: Passage::new(&self.resolver, &tls, self.timeouts.connect),
            raw: Raw::new(&self.resolver.names, tls),
            ..self.clone()
        }
    }

    /// Returns a client whose requests are journalled as this party's.
    #[must_use]
    pub fn named(&self, party: &'static str) -> Self {
        Self { party, ..self.clone() }
    }

    /// Returns the builder of requests.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Sends a request and says in the journal who sent it.
    ///
    /// # Errors
    ///
    /// What reqwest returns: no such host, refused, timed out, a body that is not HTTP.
    pub async fn send(&self, mut request: reqwest::Request) -> Result<reqwest::Response, reqwest::Error> {
        self.claim(request.headers_mut());
        self.client.execute(request).await
    }

    /// Passes a request on as it is, and streams both ways, over HTTP/2 where the peer chooses it.
    ///
    /// The URI is absolute. Only the connection has a bound: the caller bounds the wait for the answer, and the bodies.
    ///
    /// # Errors
    ///
    /// When the host is unknown or refuses, the answer is no HTTP, or the body breaks off before the answer has begun.
    pub async fn pass(&self, mut request: http::Request<Body>) -> std::io::Result<http::Response<Body>> {
        self.claim(request.headers_mut());
        self.passage.pass(request).await
    }

    /// Passes on a request that asks for an upgrade: HTTP/1.1, on a connection of its own (RFC 9110 §7.8).
    ///
    /// An answer of 101 carries hyper's `OnUpgrade` as an extension.
    ///
    /// # Errors
    ///
    /// As [`Outbound::pass`].
    pub async fn upgrade(&self, mut request: http::Request<Body>) -> std::io::Result<http::Response<Body>> {
        self.claim(request.headers_mut());
        self.passage.upgrade(request).await
    }

    /// Sends `GET target` byte by byte, with further header lines, each ended by CR LF.
    ///
    /// # Errors
    ///
    /// When the host is unknown, refuses, or does not answer within 10 s.
    pub async fn raw(&self, origin: &Origin, target: &str, headers: &str) -> std::io::Result<RawAnswer> {
        let hop = format!("{HOP}: {}\r\n{headers}", self.journal.claim(self.party));
        self.raw.get(origin, target, &hop).await
    }

    /// Says who sends a request; a journal that keeps nothing is told nothing.
    fn claim(&self, headers: &mut HeaderMap) {
        let claim = self.journal.claim(self.party);
        if let Ok(claim) = HeaderValue::try_from(claim)
            && !claim.is_empty()
        {
            headers.insert(HOP, claim);
        }
    }
}

fn client(resolver: &Resolver, tls: rustls::ClientConfig, timeouts: Timeouts) -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(std::sync::Arc::new(resolver.clone()))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.whole)
        .no_proxy()
        .build()
        .expect("a client with a complete TLS configuration can be built")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::Request;
    use axum::response::Response;
    use axum::routing::any;
    use futures_util::StreamExt as _;
    use http::{Method, StatusCode, Version, header};
    use tokio::sync::mpsc;

    use super::*;
    use crate::{Credentials, Listener, Running, Wire};

    fn serve(router: Router, authority: Option<&Authority>) -> (Outbound, Running) {
        let journal = Journal::on(Credentials::default());
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), authority).unwrap();
        let names = Names::default();
        names.insert("a.test", listener.address());
        let running = listener.serve(vec![Wire { authority: "a.test".to_owned(), party: "a", router }], &journal);
        (Outbound::new(&names, authority, journal, Timeouts::default()).named("tester"), running)
    }

    fn request(url: &str, body: Body) -> http::Request<Body> {
        http::Request::post(url).body(body).unwrap()
    }

    #[tokio::test]
    async fn an_echo_answers_the_first_piece_before_the_second_is_sent() {
        for authority in [None, Some(Authority::new())] {
            let echo = any(|request: Request| async { Response::new(request.into_body()) });
            let (outbound, _running) = serve(Router::new().route("/", echo), authority.as_ref());
            let (pieces, received) = mpsc::channel::<Result<&'static str, std::io::Error>>(1);
            let sent = futures_util::stream::unfold(received, |mut received| async move {
                received.recv().await.map(|piece| (piece, received))
            });
            let scheme = if authority.is_some() { "https" } else { "http" };
            pieces.send(Ok("first")).await.unwrap();
            let answer = outbound.pass(request(&format!("{scheme}://a.test/"), Body::from_stream(sent))).await.unwrap();
            let expected = if authority.is_some() { Version::HTTP_2 } else { Version::HTTP_11 };
            assert_eq!(answer.version(), expected);
            let mut answer = answer.into_body().into_data_stream();
            assert_eq!(answer.next().await.unwrap().unwrap(), "first");
            pieces.send(Ok("second")).await.unwrap();
            assert_eq!(answer.next().await.unwrap().unwrap(), "second");
            drop(pieces);
            // HTTP/2 may end a stream with an empty piece (RFC 9113 §6.1).
            assert!(answer.all(|piece| async move { piece.unwrap().is_empty() }).await);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_reached_is_told_by_its_cause() {
        let (outbound, running) = serve(Router::new(), None);
        let unknown = outbound.pass(request("http://b.test/", Body::empty())).await.unwrap_err();
        assert_eq!(unknown.to_string(), "no such host in this run: b.test");
        running.stop().await;
        let refused = outbound.pass(request("http://a.test/", Body::empty())).await.unwrap_err();
        assert!(refused.to_string().contains("refused"), "{refused}");
    }

    #[tokio::test]
    async fn a_client_of_the_world_finds_what_is_in_no_table() {
        let journal = Journal::off(Credentials::off());
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), None).unwrap();
        let (port, router) = (listener.address().port(), Router::new().route("/", any(|| async {})));
        let wire = Wire { authority: "a.localhost".to_owned(), party: "a", router };
        let _running = listener.serve(vec![wire], &journal);
        let url = format!("http://a.localhost:{port}/");
        let world =
            Outbound::to_the_world(&Names::default(), Trust::of_the_system(), journal.clone(), Timeouts::default());
        assert_eq!(world.pass(request(&url, Body::empty())).await.unwrap().status(), StatusCode::OK);
        let answer = world.send(world.client().get(&url).build().unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let run = Outbound::new(&Names::default(), None, journal, Timeouts::default());
        assert!(run.pass(request(&url, Body::empty())).await.is_err());
    }

    #[test]
    fn a_journal_that_is_off_adds_no_header() {
        let journal = Journal::off(Credentials::default());
        let mut headers = HeaderMap::new();
        Outbound::new(&Names::default(), None, journal, Timeouts::default()).claim(&mut headers);
        assert!(headers.is_empty());
    }

    #[tokio::test]
    async fn an_upgrade_is_asked_for_over_http_1_1_even_where_the_peer_prefers_http_2() {
        let authority = Authority::new();
        let version = any(|request: Request| async move { format!("{:?}", request.version()) });
        let (outbound, _running) = serve(Router::new().route("/", version), Some(&authority));
        let asked = http::Request::builder()
            .method(Method::GET)
            .uri("https://a.test/")
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "websocket")
            .body(Body::empty())
            .unwrap();
        let answer = outbound.upgrade(asked).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(axum::body::to_bytes(answer.into_body(), 16).await.unwrap(), "HTTP/1.1");
    }
}
