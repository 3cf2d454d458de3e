//! WebSockets through the proxy: asked for over HTTP/1.1 or HTTP/2, opened at the API over HTTP/1.1, then bytes both
//! ways.
//!
//! A tunnel is made only when the API has agreed by the whole handshake; any other answer is an answer like every
//! other. Otherwise a page could make a proxy pass on requests that nobody checks (smuggling by a failed upgrade).

use std::time::Duration;

use aws_lc_rs::{digest, rand};
use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::pump;
use crate::Shared;
use crate::problem::Problem;
use crate::streams::{self, Open, until_ended};

/// What both sides append to the key (RFC 6455 §1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// How long an agreed upgrade may take to happen.
const PATIENCE: Duration = Duration::from_secs(10);

static UPGRADE: HeaderValue = HeaderValue::from_static("upgrade");
static WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
static VERSION: HeaderValue = HeaderValue::from_static("13");

/// The page's end of a WebSocket that is to be opened.
pub(super) struct Opening {
    on_upgrade: OnUpgrade,
    /// The key of the handshake with the API.
    pub(super) key: HeaderValue,
    is_http_1: bool,
}

impl Opening {
    /// Takes it from a request.
    ///
    /// # Errors
    ///
    /// 400 for a handshake that is none.
    pub(super) fn new(parts: &mut Parts) -> Result<Self, Problem> {
        let refused = |why| Problem::fixed(StatusCode::BAD_REQUEST, why);
        let is_http_1 = parts.version <= Version::HTTP_11;
        let says_websocket = if is_http_1 {
            parts.headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
        } else {
            parts.method == Method::CONNECT
                && parts.extensions.get::<Protocol>().is_some_and(|protocol| protocol.as_str() == "websocket")
        };
        if !says_websocket || parts.headers.get(header::SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
            return Err(refused("only WebSockets of version 13 are opened (RFC 6455, RFC 8441)"));
        }
        let key = if is_http_1 { parts.headers.get(header::SEC_WEBSOCKET_KEY).cloned() } else { Some(fresh_key()) };
        let key = key.ok_or_else(|| refused("the handshake has no key"))?;
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        let on_upgrade = on_upgrade.ok_or_else(|| refused("this connection cannot be upgraded"))?;
        Ok(Self { on_upgrade, key, is_http_1 })
    }

    /// Opens the tunnel where the API has agreed to, and returns the answer to the page.
    ///
    /// # Errors
    ///
    /// 502 when the API has agreed to something else.
    pub(super) fn open(
        self,
        bff: Shared,
        session: String,
        open: Open,
        mut answer: Response,
    ) -> Result<Response, Problem> {
        if !has_agreed(answer.headers(), &self.key) {
            return Err(Problem::fixed(StatusCode::BAD_GATEWAY, "the API agrees to something that was not asked"));
        }
        let response = self.response(answer.headers());
        let api = hyper::upgrade::on(&mut answer);
        tokio::spawn(join(bff, session, open, self.on_upgrade, api));
        Ok(response)
    }

    /// Writes the page's half of the handshake (RFC 6455 §4.2.2; RFC 8441 §5).
    fn response(&self, agreed: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        for name in [header::SEC_WEBSOCKET_PROTOCOL, header::SEC_WEBSOCKET_EXTENSIONS] {
            for value in agreed.get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        if self.is_http_1 {
            headers.insert(header::CONNECTION, UPGRADE.clone());
            headers.insert(header::UPGRADE, WEBSOCKET.clone());
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accepted(&self.key));
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        }
        response
    }
}

/// Writes the handshake with the API (RFC 6455 §4.1).
pub(super) fn ask(headers: &mut HeaderMap, key: &HeaderValue) {
    headers.insert(header::CONNECTION, UPGRADE.clone());
    headers.insert(header::UPGRADE, WEBSOCKET.clone());
    headers.insert(header::SEC_WEBSOCKET_KEY, key.clone());
    headers.insert(header::SEC_WEBSOCKET_VERSION, VERSION.clone());
}

fn has_agreed(headers: &HeaderMap, key: &HeaderValue) -> bool {
    let is_websocket = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
    headers.get(header::UPGRADE).is_some_and(is_websocket)
        && headers.get(header::SEC_WEBSOCKET_ACCEPT) == Some(&accepted(key))
}

fn accepted(key: &HeaderValue) -> HeaderValue {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[key.as_bytes(), GUID].concat());
    HeaderValue::try_from(STANDARD.encode(digest)).expect("base64 is a header value")
}

/// Over HTTP/2 a page sends none (RFC 8441 §5).
fn fresh_key() -> HeaderValue {
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).expect("the system's generator of randomness answers");
    HeaderValue::try_from(STANDARD.encode(bytes)).expect("base64 is a header value")
}

/// Carries bytes until either end, the session or patience ends.
///
/// What is carried may be in the middle of a frame, so that nothing can be said at the end of the session: it just
/// ends.
async fn join(bff: Shared, session: String, _open: Open, page: OnUpgrade, api: OnUpgrade) {
    let ends = tokio::time::timeout(PATIENCE, async { tokio::try_join!(page, api) }).await;
    let Ok(Ok((page, api))) = ends else { return };
    tokio::select! {
        () = pump::carry(TokioIo::new(page), TokioIo::new(api), streams::IDLE) => {}
        () = until_ended(&bff, &session) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_accepted_as_in_the_specifications_example() {
        // RFC 6455 §1.3.
        let key = HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accepted(&key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn an_api_has_agreed_only_by_the_whole_handshake() {
        let key = fresh_key();
        let mut headers = HeaderMap::new();
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accepted(&key));
        assert!(!has_agreed(&headers, &key));
        headers.insert(header::UPGRADE, HeaderValue::from_static("WebSocket"));
        assert!(has_agreed(&headers, &key));
        assert!(!has_agreed(&headers, &fresh_key()));
        headers.insert(header::UPGRADE, HeaderValue::from_static("h2c"));
        assert!(!has_agreed(&headers, &key));
    }

    #[test]
    fn a_handshake_needs_a_key_a_version_and_a_connection_that_can_be_upgraded() {
        let refused = |without: Option<&str>| {
            let mut headers = HeaderMap::new();
            ask(&mut headers, &fresh_key());
            if let Some(name) = without {
                headers.remove(name);
            }
            let mut request = http::Request::new(());
            *request.headers_mut() = headers;
            Opening::new(&mut request.into_parts().0).err().unwrap().detail
        };
        assert!(refused(Some("sec-websocket-version")).contains("version 13"));
        assert!(refused(Some("upgrade")).contains("version 13"));
        assert!(refused(Some("sec-websocket-key")).contains("no key"));
        assert!(refused(None).contains("cannot be upgraded"));
    }
}
