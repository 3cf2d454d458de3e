//! Requests that are passed on as they are: no redirects, no buffers, no bound but the connection's.

use std::error::Error;
use std::io;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connector::Connector;
use super::resolver::Resolver;

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(20);
/// How many such connections are kept for one host.
const MOST_IDLE: usize = 256;

/// The way through; clones share its connections.
#[derive(Clone)]
pub(super) struct Passage {
    any: Client<Connector, Body>,
    upgrades: Client<Connector, Body>,
}

impl Passage {
    pub(super) fn new(resolver: &Resolver, tls: &rustls::ClientConfig, patience: Duration) -> Self {
        // A connection that is to be upgraded speaks HTTP/1.1 and is never shared (RFC 9110 §7.8, RFC 9113 §8.6).
        let mut http_1 = tls.clone();
        http_1.alpn_protocols = vec![b"http/1.1".to_vec()];
        let client = |tls, most_idle| {
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE)
                .pool_max_idle_per_host(most_idle)
                .build(Connector::new(resolver, tls, patience))
        };
        Self { any: client(tls.clone(), MOST_IDLE), upgrades: client(http_1, 0) }
    }

    pub(super) async fn pass(&self, request: Request<Body>) -> io::Result<Response<Body>> {
        through(&self.any, request).await
    }

    pub(super) async fn upgrade(&self, request: Request<Body>) -> io::Result<Response<Body>> {
        through(&self.upgrades, request).await
    }
}

async fn through(client: &Client<Connector, Body>, request: Request<Body>) -> io::Result<Response<Body>> {
    match client.request(request).await {
        Ok(response) => Ok(response.map(Body::new)),
        Err(error) => Err(io::Error::other(root(&error))),
    }
}

/// Returns the innermost cause, which says what happened; the outer ones say where.
fn root(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
