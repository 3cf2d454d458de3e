//! The only one that binds sockets: a loopback address and an ephemeral port, TLS or plain http, routed by authority.
//!
//! By authority, never by the name in the TLS handshake: a browser may send a second name's request over a connection
//! that it opened for the first.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use http::StatusCode;
use rustls::server::NoClientAuth;
use tower::ServiceExt as _;

use crate::certificates::Authority;
use crate::client_certificates::{Asking, ProofOfPossession};
use crate::journal::{Journal, Wire};

/// How long a graceful stop waits for open exchanges.
const STOP: Duration = Duration::from_secs(2);

/// Why a listener could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address is not a loopback address.
    #[error("{0} is not a loopback address: this testbed contains deliberate weaknesses and stays on 127.0.0.0/8")]
    NotLoopback(IpAddr),
    /// The system refused.
    #[error("cannot listen on {0}: {1} (free the port, or let the system choose one with port 0)")]
    Refused(SocketAddr, std::io::Error),
}

/// A bound socket that does not serve yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    transport: Transport,
}

/// What lies between the socket and HTTP.
#[derive(Debug)]
enum Transport {
    Plain,
    Tls(Authority),
    TlsAskingForCertificates(Authority),
}

impl Listener {
    /// Binds a loopback address; port 0 lets the system choose. Without an authority it speaks plain http.
    ///
    /// # Errors
    ///
    /// [`BindError`] when the address is not loopback, or is taken.
    pub fn bind(address: SocketAddr, authority: Option<&Authority>) -> Result<Self, BindError> {
        Self::on(address, authority.map_or(Transport::Plain, |authority| Transport::Tls(authority.clone())))
    }

    /// Binds like [`Listener::bind`] and asks every client for a certificate, without demanding one.
    ///
    /// An application finds the [`ClientCertificate`](crate::ClientCertificate) whose key was proven as an extension of
    /// the request; where there is none, the client has presented none. Browsers may ask their user for a certificate,
    /// so such a listener is one of its own (RFC 8705 §5).
    ///
    /// Source: RFC 8705 §2 and §3.
    ///
    /// # Errors
    ///
    /// [`BindError`] when the address is not loopback, or is taken.
    pub fn bind_asking_for_certificates(address: SocketAddr, authority: &Authority) -> Result<Self, BindError> {
        Self::on(address, Transport::TlsAskingForCertificates(authority.clone()))
    }

    fn on(address: SocketAddr, transport: Transport) -> Result<Self, BindError> {
        if !address.ip().is_loopback() {
            return Err(BindError::NotLoopback(address.ip()));
        }
        let refused = |error| BindError::Refused(address, error);
        #[expect(clippy::disallowed_methods, reason = "this is the one place that binds sockets")]
        let socket = TcpListener::bind(address).map_err(refused)?;
        socket.set_nonblocking(true).map_err(refused)?;
        let address = socket.local_addr().map_err(refused)?;
        Ok(Self { socket, address, transport })
    }

    /// Returns the bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until it is told to stop. Call it inside a tokio runtime.
    pub fn serve(self, wires: Vec<Wire>, journal: &Journal) -> Running {
        let hosts: Vec<String> = wires.iter().map(|wire| host_of(&wire.authority).to_owned()).collect();
        let routes: HashMap<String, Router> =
            wires.into_iter().map(|wire| (wire.authority.clone(), journal.around(wire))).collect();
        let routes = Arc::new(routes);
        let app = Router::new().fallback(move |request: Request| route(routes.clone(), request));
        let handle = Handle::new();
        let server = axum_server::from_tcp(self.socket).expect("the socket is non-blocking").handle(handle.clone());
        let app = app.into_make_service();
        let task = match &self.transport {
            Transport::Plain => tokio::spawn(server.serve(app)),
            Transport::Tls(authority) => {
                let config = authority.server(&hosts, Arc::new(NoClientAuth));
                let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(Arc::new(config)));
                tokio::spawn(server.acceptor(acceptor).serve(app))
            }
            Transport::TlsAskingForCertificates(authority) => {
                let config = authority.server(&hosts, Arc::new(ProofOfPossession::new()));
                tokio::spawn(server.acceptor(Asking::new(config, authority)).serve(app))
            }
        };
        Running { address: self.address, handle, task: Some(task) }
    }
}

async fn route(routes: Arc<HashMap<String, Router>>, request: Request) -> Response {
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| request.headers().get(http::header::HOST)?.to_str().ok().map(str::to_owned))
        .unwrap_or_default()
        .to_ascii_lowercase();
    let found = routes.get(&authority).or_else(|| routes.get(host_of(&authority)));
    match found {
        Some(router) => router.clone().oneshot(request).await.into_response(),
        None => (StatusCode::MISDIRECTED_REQUEST, format!("no such authority here: {authority:?}\n")).into_response(),
    }
}

fn host_of(authority: &str) -> &str {
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

/// A listener that serves.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: Option<tokio::task::JoinHandle<std::io::Result<()>>>,
}

impl Running {
    /// Returns the address that is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: no new connections, open exchanges may end for two seconds, then everything is closed.
    pub async fn stop(mut self) {
        self.handle.graceful_shutdown(Some(STOP));
        if let Some(task) = self.task.take() {
            let _ = tokio::time::timeout(STOP * 2, task).await;
        }
    }

    /// Closes the socket and every connection at once, as a crash would.
    pub fn kill(&self) {
        self.handle.shutdown();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}
