//! The only HTTP client: this run's names and authority, bounded, without redirects, and it says who sent a request.

use std::time::Duration;

use reqwest::header::HeaderValue;

use crate::certificates::Authority;
use crate::identity::Identity;
use crate::journal::{HOP, Journal};
use crate::names::Names;
use crate::origin::Origin;
use crate::raw::{Raw, RawAnswer};

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
    raw: Raw,
    journal: Journal,
    party: &'static str,
    names: Names,
    authority: Option<Authority>,
    timeouts: Timeouts,
}

impl Outbound {
    /// Makes a client that reaches the run's names only, and trusts the run's authority only.
    ///
    /// # Panics
    ///
    /// Never in practice: the TLS configuration is built by this crate.
    pub fn new(names: &Names, authority: Option<&Authority>, journal: Journal, timeouts: Timeouts) -> Self {
        Self {
            client: client(names, Authority::client(authority, None), timeouts),
            raw: Raw::new(names, Authority::client(authority, None)),
            journal,
            party: "unknown",
            names: names.clone(),
            authority: authority.cloned(),
            timeouts,
        }
    }

    /// Returns a client with connections of its own, on which it presents this certificate where a listener asks.
    ///
    /// Source: RFC 8705 §2.
    #[must_use]
    pub fn with_identity(&self, identity: &Identity) -> Self {
        let tls = || Authority::client(self.authority.as_ref(), Some(identity));
        Self { client: client(&self.names, tls(), self.timeouts), raw: Raw::new(&self.names, tls()), ..self.clone() }
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
        if let Ok(claim) = HeaderValue::from_str(&self.journal.claim(self.party)) {
            request.headers_mut().insert(HOP, claim);
        }
        self.client.execute(request).await
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
}

fn client(names: &Names, tls: rustls::ClientConfig, timeouts: Timeouts) -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(std::sync::Arc::new(names.clone()))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.whole)
        .no_proxy()
        .build()
        .expect("a client with a complete TLS configuration can be built")
}
