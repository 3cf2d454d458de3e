//! A WebSocket that was opened: it shows its token, and then it is told what concerns its holder.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use hosting::ClientCertificate;
use http::{Method, StatusCode};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::tungstenite;

use super::{News, Streams, Subscription};
use crate::access_token::{Call, Held, Refused};

/// The longest message that is taken, in bytes.
pub(crate) const LONGEST_MESSAGE: usize = 4 * 1024;

/// How long a message may take to leave, and a goodbye to be answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who is not let in, or not any longer, as 401 and 403 would say it; RFC 6455 §7.4.2 leaves 4000 and more free.
const SIGNED_OUT: u16 = 4401;
const FORBIDDEN: u16 = 4403;

/// A WebSocket that has not shown its token yet.
pub(crate) struct Introduction {
    pub(crate) streams: Streams,
    /// The path at which it was opened.
    pub(crate) path: &'static str,
    pub(crate) certificate: Option<ClientCertificate>,
    pub(crate) waiting: OwnedSemaphorePermit,
}

/// The first message.
#[derive(Deserialize)]
struct First {
    access_token: String,
    /// The proof that goes with the token, for `GET` and the address of the stream (RFC 9449 §4.2).
    dpop: Option<String>,
}

/// Why a WebSocket is closed.
struct Goodbye {
    code: u16,
    reason: String,
}

impl Goodbye {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

impl From<Refused> for Goodbye {
    fn from(refused: Refused) -> Self {
        let code = match refused.status() {
            StatusCode::SERVICE_UNAVAILABLE => close_code::AGAIN,
            StatusCode::FORBIDDEN => FORBIDDEN,
            _ => SIGNED_OUT,
        };
        Self::new(code, refused.to_string())
    }
}

/// Waits for the token in the first message, and then does as [`serve`].
pub(crate) async fn introduce(mut socket: WebSocket, introduction: Introduction) {
    let Introduction { streams, path, certificate, waiting } = introduction;
    let introduced = first_message(&mut socket, streams.pace().introduction).await;
    let introduced = match introduced {
        Ok(first) => hold(&mut socket, &streams, &first, path, certificate.as_ref()).await,
        Err(goodbye) => Err(goodbye),
    };
    drop(waiting);
    let subscribed = introduced
        .and_then(|held| streams.subscribe(held).map_err(|problem| Goodbye::new(close_code::AGAIN, problem.detail)));
    match subscribed {
        Ok(subscription) => serve(socket, subscription, streams.pace().ping).await,
        Err(goodbye) => part(&mut socket, goodbye).await,
    }
}

async fn first_message(socket: &mut WebSocket, patience: Duration) -> Result<First, Goodbye> {
    let message = async {
        loop {
            match socket.recv().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Err(error)) => return Err(broken(error)),
                Some(Ok(Message::Binary(_) | Message::Close(_))) | None => {
                    return Err(Goodbye::new(close_code::UNSUPPORTED, "the first message is no text"));
                }
            }
        }
    };
    let late = |_| Err(Goodbye::new(SIGNED_OUT, "no access token was sent in time"));
    let text = tokio::time::timeout(patience, message).await.unwrap_or_else(late)?;
    let unread = |_| Goodbye::new(SIGNED_OUT, "the first message is no JSON with an access_token");
    serde_json::from_str(text.as_str()).map_err(unread)
}

async fn hold(
    socket: &mut WebSocket,
    streams: &Streams,
    first: &First,
    path: &str,
    certificate: Option<&ClientCertificate>,
) -> Result<Held, Goodbye> {
    let call = Call { method: &Method::GET, path, certificate };
    let held = streams.gate().hold_text(&first.access_token, first.dpop.as_deref(), &call).await;
    if held.as_ref().is_err_and(|refused| *refused == Refused::UseNonce) {
        // A page cannot read the headers of a handshake, so the nonce comes as a message.
        let told = serde_json::json!({ "error": "use_dpop_nonce", "dpop_nonce": streams.gate().nonce() });
        let _ = send(socket, Message::text(told.to_string())).await;
    }
    held.map_err(Goodbye::from)
}

/// Tells the holder of a token what concerns them, until the token or the connection ends.
pub(crate) async fn serve(mut socket: WebSocket, mut subscription: Subscription, ping: Duration) {
    let mut pings = tokio::time::interval_at(Instant::now() + ping, ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_heard = true;
    let goodbye = loop {
        let sent = tokio::select! {
            biased;
            news = subscription.next() => match news {
                News::Transferred(transferred) => send(&mut socket, Message::text(transferred.to_json())).await,
                News::Missed(missed) => send(&mut socket, Message::text(missed.to_json())).await,
                News::Ended => break Goodbye::new(SIGNED_OUT, "signed out"),
            },
            message = socket.recv() => match message {
                // What a client says after its token means nothing here, but shows that it lives.
                Some(Ok(_)) => {
                    is_heard = true;
                    Ok(())
                }
                Some(Err(error)) => break broken(error),
                None => return,
            },
            _ = pings.tick() => {
                if !std::mem::take(&mut is_heard) {
                    return;
                }
                send(&mut socket, Message::Ping(axum::body::Bytes::new())).await
            }
        };
        if sent.is_err() {
            return;
        }
    };
    part(&mut socket, goodbye).await;
}

/// The connection takes nothing any more.
struct Gone;

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), Gone> {
    let sent = tokio::time::timeout(PATIENCE, socket.send(message)).await;
    if sent.is_ok_and(|sent| sent.is_ok()) { Ok(()) } else { Err(Gone) }
}

/// Says goodbye and waits for the answer, because a connection that is cut loses its last words.
async fn part(socket: &mut WebSocket, goodbye: Goodbye) {
    // RFC 6455 §5.5: a control frame has room for 125 bytes, two of which are the code.
    let Goodbye { code, mut reason } = goodbye;
    reason.retain(|character| character.is_ascii());
    reason.truncate(123);
    if send(socket, Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await.is_ok() {
        let answered = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = tokio::time::timeout(PATIENCE, answered).await;
    }
}

/// Says what is wrong with what was received (RFC 6455 §7.4.1).
fn broken(error: axum::Error) -> Goodbye {
    match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => {
            Goodbye::new(close_code::SIZE, format!("a message is longer than {LONGEST_MESSAGE} bytes"))
        }
        Some(tungstenite::Error::Utf8(_)) => Goodbye::new(close_code::INVALID, "a text is not UTF-8"),
        _ => Goodbye::new(close_code::PROTOCOL, "the connection broke the protocol"),
    }
}
