//! Transfers that concern the caller, as messages of a WebSocket, over HTTP/1.1 (RFC 6455) and HTTP/2 (RFC 8441).
//!
//! A page's WebSocket sends no `Authorization` header, so how it shows its token is a setting; whoever can send the
//! header does, and is let in by it.

use std::borrow::Cow;

use axum::Router;
use axum::extract::{FromRequestParts as _, Request, State, WebSocketUpgrade};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hosting::ClientCertificate;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::access_token::{Call, Held, Refused};
use crate::problem::Problem;
use crate::settings::{Credential, WsAuth};
use crate::streams::{self, Introduction, LONGEST_MESSAGE, Streams};

const PATH: &str = "/live";

/// The subprotocol that stands before a token.
const BEARER: &str = "bearer";

pub(super) fn routes() -> Router<Streams> {
    // HTTP/2 opens a WebSocket by CONNECT (RFC 8441 §4).
    Router::new().route(PATH, get(live).connect(live))
}

/// Why no WebSocket is opened.
enum Unopened {
    Refused(Refused),
    Problem(Problem),
}

impl From<Refused> for Unopened {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Problem> for Unopened {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

async fn live(State(streams): State<Streams>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let opened = open(&streams, &mut parts).await;
    match opened {
        Ok(response) => response,
        Err(Unopened::Refused(refused)) => streams.gate().refuse(&parts.headers, &refused),
        Err(Unopened::Problem(problem)) => problem.into_response(),
    }
}

async fn open(streams: &Streams, parts: &mut Parts) -> Result<Response, Unopened> {
    let upgrade: Result<WebSocketUpgrade, _> = WebSocketUpgrade::from_request_parts(parts, &()).await;
    let no_upgrade = |_| Problem::new(StatusCode::UPGRADE_REQUIRED, "open a WebSocket here (RFC 6455 §4.1)");
    let mut upgrade = upgrade.map_err(no_upgrade)?;
    streams.check_origin(&parts.headers)?;
    let held = match shown(streams, parts)? {
        Shown::InHeader => streams.gate().hold(parts).await?,
        Shown::Here(token) => {
            let call = Call { method: &Method::GET, path: PATH, certificate: parts.extensions.get() };
            streams.gate().hold_text(&token, None, &call).await?
        }
        Shown::ByTicket(held) => {
            // The token may have ended meanwhile, and what it is bound to is not the ticket's to lift.
            streams.gate().take_again(&held, parts.extensions.get()).await?;
            held
        }
        Shown::Later => return introduced(streams, limited(upgrade), parts.extensions.get().cloned()),
    };
    if streams.gate().settings().ws_auth == WsAuth::Subprotocol {
        // RFC 6455 §4.2.2: one of those that were offered, and not the token.
        upgrade = upgrade.protocols([BEARER]);
    }
    let (subscription, ping) = (streams.subscribe(held)?, streams.pace().ping);
    Ok(limited(upgrade).on_upgrade(move |socket| streams::serve(socket, subscription, ping)))
}

fn introduced(
    streams: &Streams,
    upgrade: WebSocketUpgrade,
    certificate: Option<ClientCertificate>,
) -> Result<Response, Unopened> {
    let introduction = Introduction { streams: streams.clone(), path: PATH, certificate, waiting: streams.wait()? };
    Ok(upgrade.on_upgrade(move |socket| streams::introduce(socket, introduction)))
}

/// A stream is written to much more than read from, and holds little memory while nothing happens.
fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .max_message_size(LONGEST_MESSAGE)
        .max_frame_size(LONGEST_MESSAGE)
        .read_buffer_size(LONGEST_MESSAGE)
        .write_buffer_size(0)
        .max_write_buffer_size(16 * LONGEST_MESSAGE)
}

/// Where the token of a handshake is.
enum Shown {
    /// In a header, as that of any other call.
    InHeader,
    /// Where the setting says.
    Here(String),
    /// Behind a ticket.
    ByTicket(Held),
    /// Still to come.
    Later,
}

fn shown(streams: &Streams, parts: &Parts) -> Result<Shown, Refused> {
    let settings = streams.gate().settings();
    let has_header = parts.headers.contains_key(header::AUTHORIZATION);
    let has_cookie = settings.credential == Credential::Cookie && parts.headers.contains_key(header::COOKIE);
    let in_query = |name| in_query(parts, name);
    if has_header || has_cookie || (settings.ws_auth != WsAuth::Query && in_query("access_token").is_some()) {
        // The same rules as for any other call; a token in the address is refused by them.
        return Ok(Shown::InHeader);
    }
    match settings.ws_auth {
        WsAuth::FirstMessage => Ok(Shown::Later),
        WsAuth::Query => in_query("access_token").map(Shown::Here).ok_or(Refused::NoToken),
        WsAuth::Subprotocol => in_subprotocol(&parts.headers).map(Shown::Here).ok_or(Refused::NoToken),
        WsAuth::Ticket => {
            let ticket = in_query("ticket").ok_or(Refused::NoToken)?;
            let held = streams.take_ticket(&ticket);
            held.map(Shown::ByTicket).ok_or(Refused::InvalidToken("the ticket is unknown, used or too old"))
        }
    }
}

/// Returns a parameter of the address that is there once.
fn in_query(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default();
    let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
    let value = values.next().map(|(_, value)| Cow::into_owned(value));
    value.filter(|_| values.next().is_none())
}

/// Returns the second of exactly two subprotocols, the first of which says what it is.
fn in_subprotocol(headers: &HeaderMap) -> Option<String> {
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().map(HeaderValue::to_str);
    let offered: Vec<&str> = offered.collect::<Result<_, _>>().ok()?;
    let mut names = offered.iter().flat_map(|line| line.split(',')).map(str::trim);
    let token = names.next().filter(|name| *name == BEARER).and_then(|_| names.next())?;
    names.next().is_none().then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::SEC_WEBSOCKET_PROTOCOL, line.parse().unwrap());
        }
        in_subprotocol(&headers)
    }

    #[test]
    fn a_token_is_the_second_of_two_subprotocols() {
        assert_eq!(offered(&["bearer, abc"]).as_deref(), Some("abc"));
        assert_eq!(offered(&["bearer", "abc"]).as_deref(), Some("abc"));
        for lines in [&[][..], &["bearer"], &["abc, bearer"], &["bearer, abc, def"], &["chat, abc"], &["Bearer, abc"]] {
            assert_eq!(offered(lines), None, "{lines:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_subprotocols_are_read_without_a_panic(line in proptest::collection::vec(32_u8..=255, 0..60)) {
            let line: Vec<u8> = line.into_iter().filter(|byte| *byte != 127).collect();
            let mut headers = HeaderMap::new();
            headers.append(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_bytes(&line).unwrap());
            if let Some(token) = in_subprotocol(&headers) {
                proptest::prop_assert!(line.trim_ascii_start().starts_with(b"bearer"));
                proptest::prop_assert!(!token.contains(','));
            }
        }
    }
}
