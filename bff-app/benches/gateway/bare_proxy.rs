//! A proxy that does nothing else: hyper on both sides, without a router, a header looked at, or a bound.

use std::net::Ipv4Addr;

use anyhow::{Context as _, Result};
use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

use crate::child;

/// Serves what the port `upstream` serves, until stdin is closed.
pub(crate) fn serve(upstream: &str) -> Result<()> {
    let upstream: Authority = format!("{}:{upstream}", Ipv4Addr::LOCALHOST).parse().context("read the port")?;
    let runtime = tokio::runtime::Runtime::new().context("start the proxy's threads")?;
    let _inside = runtime.enter();
    #[expect(clippy::disallowed_methods, reason = "the proxy with which the BFF is compared has nothing of ours in it")]
    let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("bind a socket")?;
    socket.set_nonblocking(true).context("make the socket non-blocking")?;
    let port = socket.local_addr().context("ask for the port")?.port();
    let socket = TcpListener::from_std(socket).context("hand the socket to the threads")?;
    tokio::spawn(accept(socket, upstream));
    child::announce(port)
}

async fn accept(socket: TcpListener, upstream: Authority) {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<HttpConnector, Incoming> = Client::builder(TokioExecutor::new()).build(connector);
    while let Ok((stream, _)) = socket.accept().await {
        // It only makes answers slower.
        let _ = stream.set_nodelay(true);
        let (client, upstream) = (client.clone(), upstream.clone());
        let service = service_fn(move |request| pass(client.clone(), upstream.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn pass(
    client: Client<HttpConnector, Incoming>,
    upstream: Authority,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, Error> {
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(upstream);
    *request.uri_mut() = Uri::from_parts(parts).expect("the load sends paths alone");
    client.request(request).await
}
