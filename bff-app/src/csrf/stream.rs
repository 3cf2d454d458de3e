//! Requests that begin a stream. A browser sends them without the header, so what it says about the sender must do.

use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use super::sender::Sender;
use crate::Inner;
use crate::observe::Refusal;
use crate::problem::Problem;

/// A request whose answer lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Server-sent events (WHATWG HTML §9.2).
    Events,
    /// A WebSocket (RFC 6455, RFC 8441).
    WebSocket,
}

impl Stream {
    /// Tells which stream a request begins, if any.
    ///
    /// No page can make a browser send `Upgrade` or `CONNECT` but by opening a WebSocket. `Accept` is not as strong:
    /// what only looks like an EventSource is checked as one.
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Option<Self> {
        let says = |name: HeaderName, expected: &[u8]| {
            let lines = headers.get_all(name).iter();
            let mut items = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
            items.any(|item| essence(item).eq_ignore_ascii_case(expected))
        };
        // RFC 8441 §4: over HTTP/2 a WebSocket begins by CONNECT with a path; any other CONNECT has none, and no route.
        if method == Method::CONNECT || method == Method::GET && says(header::UPGRADE, b"websocket") {
            return Some(Self::WebSocket);
        }
        (method == Method::GET && says(header::ACCEPT, b"text/event-stream")).then_some(Self::Events)
    }
}

fn essence(item: &[u8]) -> &[u8] {
    item.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

/// Refuses a stream that another page asks for.
///
/// A WebSocket must name the own origin: its handshake carries the cookie, `Origin`, and nothing else that could tell
/// (OWASP WSTG CLNT-10). An EventSource of the own page names no origin, but its metadata does.
///
/// # Errors
///
/// 403 where it comes from another page.
pub(crate) fn check_stream(bff: &Inner, headers: &HeaderMap, stream: Stream) -> Result<(), Problem> {
    let by_origin = Sender::by_origin(headers, bff.config.origin.as_str());
    let is_refused = match stream {
        Stream::WebSocket => bff.settings.ws.origin.is_on() && by_origin != Sender::Own,
        Stream::Events => {
            let is_foreign = by_origin == Sender::Foreign || Sender::by_site(headers) == Sender::Foreign;
            bff.settings.sse.origin.is_on() && is_foreign
        }
    };
    if is_refused {
        bff.watch.refused(Refusal::Stream);
        return Err(Problem::fixed(StatusCode::FORBIDDEN, "streams are for this application's own page"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(method: &Method, name: HeaderName, value: &str) -> Option<Stream> {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        Stream::of(method, &headers)
    }

    #[test]
    fn a_stream_is_known_by_how_a_browser_asks_for_it() {
        assert_eq!(of(&Method::GET, header::UPGRADE, "WebSocket"), Some(Stream::WebSocket));
        assert_eq!(of(&Method::CONNECT, header::ACCEPT, "*/*"), Some(Stream::WebSocket));
        assert_eq!(of(&Method::GET, header::ACCEPT, "text/event-stream"), Some(Stream::Events));
        assert_eq!(of(&Method::GET, header::ACCEPT, "text/html, text/event-stream;q=0.5"), Some(Stream::Events));
    }

    #[test]
    fn nothing_that_writes_is_a_stream() {
        assert_eq!(of(&Method::POST, header::ACCEPT, "text/event-stream"), None);
        assert_eq!(of(&Method::POST, header::UPGRADE, "websocket"), None);
        assert_eq!(of(&Method::GET, header::UPGRADE, "h2c"), None);
        assert_eq!(of(&Method::GET, header::ACCEPT, "application/json"), None);
    }
}
