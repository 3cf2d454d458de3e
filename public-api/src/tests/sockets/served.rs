//! An API that is reached over a connection, and the other end of its WebSockets.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use hosting::{Credentials, Journal, Listener, Running, Wire};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::tests::play::{PAGE, Play, play};
use crate::{Settings, WsAuth};

/// A play whose API can be reached over a connection.
pub(super) struct Served {
    pub(super) play: Play,
    address: SocketAddr,
    _running: Running,
}

impl Served {
    pub(super) fn new(play: Play) -> Self {
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), None).unwrap();
        let (address, router) = (listener.address(), play.api.router.clone());
        let wire = Wire { authority: "api.app1.test".to_owned(), party: "api", router };
        let running = listener.serve(vec![wire], &Journal::off(Credentials::default()));
        Self { play, address, _running: running }
    }

    pub(super) fn with(ws_auth: WsAuth) -> Self {
        Self::new(play(Settings { ws_auth, ..Settings::default() }))
    }

    /// Opens a WebSocket, or returns the status with which that was refused.
    pub(super) async fn open(
        &self,
        target: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<(Socket, Response), StatusCode> {
        let mut request = format!("ws://api.app1.test{target}").into_client_request().unwrap();
        for &(name, value) in headers {
            request.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let stream = TcpStream::connect(self.address).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, response)) => Ok((Socket(socket), response)),
            Err(Error::Http(response)) => Err(response.status()),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    pub(super) async fn refused(&self, target: &str, headers: &[(&'static str, &str)]) -> Option<u16> {
        self.open(target, headers).await.err().map(|status| status.as_u16())
    }

    /// Opens a WebSocket of the page and shows a token in its first message.
    pub(super) async fn introduced(&self, first: &serde_json::Value) -> Socket {
        let (mut socket, _) = self.open("/live", &[("origin", PAGE)]).await.unwrap();
        socket.say(&first.to_string()).await;
        socket
    }

    /// The same with a good token, when the stream has begun.
    pub(super) async fn listening(&self) -> Socket {
        let mut socket = self.introduced(&json!({"access_token": "good"})).await;
        socket.assert_open().await;
        socket
    }

    pub(super) async fn bob_pays(&self, amount: u64) {
        let answer = self.play.transfer("bob", "bob-current", "alice-current", amount).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

pub(super) struct Socket(pub(super) WebSocketStream<TcpStream>);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Text(String),
    Pong,
    Closed(u16, String),
    Cut,
}

impl Socket {
    pub(super) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(super) async fn hear(&mut self) -> Heard {
        let heard = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return Heard::Text(text.as_str().to_owned()),
                    Some(Ok(Message::Pong(_))) => return Heard::Pong,
                    Some(Ok(Message::Close(Some(frame)))) => {
                        return Heard::Closed(frame.code.into(), frame.reason.as_str().to_owned());
                    }
                    Some(Ok(Message::Ping(_))) => {}
                    _ => return Heard::Cut,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), heard).await.expect("something is heard in time")
    }

    /// What is said before it is answered only after the token was taken.
    pub(super) async fn assert_open(&mut self) {
        self.0.send(Message::Ping(Vec::<u8>::new().into())).await.unwrap();
        assert_eq!(self.hear().await, Heard::Pong);
    }

    pub(super) async fn assert_hears_of(&mut self, number: u64, amount: u64) {
        let transfer = json!({"transfer": number, "from": "bob-current", "to": "alice-current", "amount": amount});
        match self.hear().await {
            Heard::Text(text) => assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), transfer),
            other => panic!("{other:?} instead of {transfer}"),
        }
    }

    pub(super) async fn closed_with(&mut self) -> u16 {
        match self.hear().await {
            Heard::Closed(code, _) => code,
            other => panic!("{other:?} instead of an end"),
        }
    }
}
