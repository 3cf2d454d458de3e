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
/// How long a connection may take to say what it asks, the first time and every time (slow headers, RFC 9110 §17.5).
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest head of a request that is surely read, in bytes; one of twice that length is answered 431 (RFC 6585 §5).
const LONGEST_HEAD: u16 = u16::MAX;

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
        let mut server = server.first_request_timeout(PATIENCE);
        server.http_builder().http1().header_read_timeout(PATIENCE).max_buf_size(LONGEST_HEAD.into());
        // RFC 8441 §3: a browser opens WebSockets on the HTTP/2 connection that it has, where it is told that it may.
        server.http_builder().http2().max_header_list_size(LONGEST_HEAD.into()).enable_connect_protocol();
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

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;
    use crate::Credentials;

    async fn answer_to(running: &Running, head: &str) -> String {
        let mut stream = TcpStream::connect(running.address()).await.unwrap();
        // A server that has read enough closes; what it has said by then counts.
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = vec![0; 1024];
        let read = tokio::time::timeout(STOP, stream.read(&mut answer)).await.unwrap().unwrap();
        String::from_utf8_lossy(&answer[..read]).into_owned()
    }

    #[tokio::test]
    async fn a_head_of_60_kb_is_read_and_one_of_240_kb_is_refused() {
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), None).unwrap();
        let router = Router::new().route("/", get(|| async {}));
        let wire = Wire { authority: "a.test".to_owned(), party: "a", router };
        let running = listener.serve(vec![wire], &Journal::off(Credentials::default()));
        for (length, status) in [(60_000, "200"), (240_000, "431")] {
            let head = format!("GET / HTTP/1.1\r\nhost: a.test\r\ncookie: {}\r\n\r\n", "a".repeat(length));
            let answer = answer_to(&running, &head).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{length}: {answer:?}");
        }
    }
}
