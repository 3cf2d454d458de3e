//! A browser's WebSocket, over HTTP/1.1 and over HTTP/2.

use axum::body::Body;
use futures_util::{SinkExt as _, StreamExt as _};
use hosting::{Outbound, Running};
use http::{Method, Request, Response, StatusCode, header};
use hyper::ext::Protocol;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A WebSocket that is open, whatever carries it.
pub(in crate::tests) enum Socket {
    Http1(WebSocketStream<TcpStream>),
    Http2(WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>),
}

/// The origin of the own page.
pub(in crate::tests) const OWN: &str = "https://bff.test";

impl Socket {
    /// Opens one over HTTP/1.1, or returns the status that refused it.
    pub(in crate::tests) async fn over_http_1(
        running: &Running,
        path: &str,
        cookie: &str,
        origin: &str,
    ) -> Result<Self, StatusCode> {
        let mut request = format!("ws://bff.test{path}").into_client_request().unwrap();
        request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
        let stream = TcpStream::connect(running.address()).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self::Http1(socket)),
            Err(Error::Http(response)) => Err(response.status()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens one over HTTP/2 (RFC 8441), or returns the status that refused it.
    pub(in crate::tests) async fn over_http_2(
        outbound: &Outbound,
        path: &str,
        cookie: &str,
        origin: &str,
    ) -> Result<Self, StatusCode> {
        let mut request = Request::builder()
            .method(Method::CONNECT)
            .uri(format!("https://bff.test{path}"))
            .header(header::COOKIE, cookie)
            .header(header::ORIGIN, origin)
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        let mut response: Response<Body> = outbound.pass(request).await.unwrap();
        if response.status() != StatusCode::OK {
            return Err(response.status());
        }
        let upgraded = TokioIo::new(hyper::upgrade::on(&mut response).await.unwrap());
        Ok(Self::Http2(WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await))
    }

    pub(in crate::tests) async fn send(&mut self, message: Message) {
        match self {
            Self::Http1(socket) => socket.send(message).await.unwrap(),
            Self::Http2(socket) => socket.send(message).await.unwrap(),
        }
    }

    /// Returns what comes next, or nothing when the connection has ended, with a farewell or without.
    pub(in crate::tests) async fn next(&mut self) -> Option<Message> {
        match self {
            Self::Http1(socket) => socket.next().await?.ok(),
            Self::Http2(socket) => socket.next().await?.ok(),
        }
    }

    /// Returns the next text.
    pub(in crate::tests) async fn text(&mut self) -> String {
        self.next().await.unwrap().into_text().unwrap().as_str().to_owned()
    }

    /// Returns the code with which it is closed.
    pub(in crate::tests) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Message::Close(frame) = self.next().await? {
                return frame.map(|frame| frame.code.into());
            }
        }
    }
}
