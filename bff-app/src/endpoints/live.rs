//! Tells the page of the user's transfers as they happen, over a WebSocket (RFC 6455; over HTTP/2, RFC 8441).
//!
//! The cookie signs it in. A page of an API in the open would have to put a token into the address.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use http::HeaderMap;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::Shared;
use crate::csrf::{Stream, check_stream};
use crate::problem::Problem;
use crate::streams::{IDLE, News, Told};

/// The longest message of the page that is taken, in bytes.
const LONGEST: usize = 4 * 1024;
/// The longest that is read, so that a longer one can be answered with the reason.
const LONGEST_READ: usize = 64 * 1024;
/// How long the page may take to read one message.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the page may take to answer a close.
const FAREWELL: Duration = Duration::from_secs(1);

/// The session has ended (RFC 6455 §7.4.2 leaves the range to applications; 4401 resembles 401).
const SIGNED_OUT: (u16, &str) = (4401, "signed out");
/// A message is too long (RFC 6455 §7.4.1).
const TOO_LONG: (u16, &str) = (1009, "send at most 4 KiB at once");
/// Nothing was heard (RFC 6455 §7.4.1, going away).
const SILENT: (u16, &str) = (1001, "nothing was heard for too long");

pub(super) fn routes() -> Router<Shared> {
    // HTTP/1.1 asks by GET, HTTP/2 by CONNECT.
    Router::new().route("/api/live", any(live))
}

async fn live(
    State(bff): State<Shared>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    check_stream(&bff, &headers, Stream::WebSocket)?;
    let told = Told::begin(&bff, &headers, Stream::WebSocket).await?;
    let upgrade = upgrade.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let upgrade = upgrade.max_message_size(LONGEST_READ).max_frame_size(LONGEST_READ);
    Ok(upgrade.on_upgrade(move |socket| tell(socket, told)))
}

/// Tells until the session, the page or patience ends.
async fn tell(mut socket: WebSocket, mut told: Told) {
    let mut pings = interval_at(Instant::now() + IDLE / 2, IDLE / 2);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_heard = true;
    loop {
        let message = tokio::select! {
            news = told.next() => match news {
                News::Transfer(event) => {
                    Message::from(serde_json::to_string(&*event).expect("texts and numbers are JSON"))
                }
                News::Missed(missed) => Message::from(format!("{{\"missed\":{missed}}}")),
                News::SignedOut => return close(socket, SIGNED_OUT).await,
            },
            said = socket.recv() => match said {
                Some(Ok(Message::Close(_))) | None => return,
                Some(Ok(said)) if length(&said) <= LONGEST => {
                    is_heard = true;
                    continue;
                }
                Some(_) => return close(socket, TOO_LONG).await,
            },
            _ = pings.tick() => {
                if !std::mem::take(&mut is_heard) {
                    return close(socket, SILENT).await;
                }
                Message::Ping(Bytes::new())
            }
        };
        if !matches!(timeout(PATIENCE, socket.send(message)).await, Ok(Ok(()))) {
            return;
        }
    }
}

fn length(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
}

/// Says why, and lets the page answer: a connection that is dropped with bytes unread may take the reason with it.
async fn close(mut socket: WebSocket, (code, reason): (u16, &'static str)) {
    let frame = CloseFrame { code, reason: reason.into() };
    let _ = timeout(FAREWELL, async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    })
    .await;
}
