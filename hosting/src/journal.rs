//! The journal of every exchange, redacted when it is captured, in the order in which requests arrived.

mod parameters;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use http::{HeaderMap, HeaderName, header};
use http_body::Body as _;
use serde::Serialize;
use tokio::sync::Notify;

use crate::secret::{Credentials, Kind};

/// The header in which our own clients say who they are. The journal takes it off before any application sees it.
pub(crate) const HOP: HeaderName = HeaderName::from_static("x-versus-hop");

/// Bodies up to this many bytes are kept.
const KEPT: u64 = 32 * 1024;

/// One host that a listener serves.
pub struct Wire {
    /// What the `Host` header says: the host, and the port where it is not the scheme's default.
    pub authority: String,
    /// The party's name in the journal: `bff`, `spa`, `api`, `idp`, `attacker`.
    pub party: &'static str,
    /// What answers.
    pub router: Router,
}

/// One request and its response, without any credential in it.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    /// The place in the order of arrival, from 1.
    pub n: usize,
    /// Who sent the request: a party's name, or `browser`.
    pub from: String,
    /// Who answered.
    pub to: String,
    /// The host that was asked.
    pub host: String,
    /// The method.
    pub method: String,
    /// The path and the query.
    pub path: String,
    /// The HTTP version.
    pub version: String,
    /// The request's headers.
    pub request_headers: Vec<(String, String)>,
    /// The request's body, where it is a short text.
    pub request_body: Option<String>,
    /// The status, or nothing while the response is awaited.
    pub status: Option<u16>,
    /// The response's headers.
    pub response_headers: Vec<(String, String)>,
    /// The response's body, where it is a short text.
    pub response_body: Option<String>,
    /// The names of the credentials that the request carried.
    pub sent: Vec<String>,
    /// The names of the credentials that the response carried.
    pub received: Vec<String>,
}

/// The journal of one play; clones share it.
#[derive(Clone)]
pub struct Journal {
    inner: Option<Arc<Inner>>,
    credentials: Credentials,
}

struct Inner {
    exchanges: Mutex<Vec<Exchange>>,
    unknown: Mutex<Vec<String>>,
    changed: Notify,
    claim: String,
}

impl Journal {
    /// Makes a journal that redacts by this registry.
    pub fn on(credentials: Credentials) -> Self {
        let inner = Inner {
            exchanges: Mutex::default(),
            unknown: Mutex::default(),
            changed: Notify::new(),
            claim: crate::random_token(),
        };
        Self { inner: Some(Arc::new(inner)), credentials }
    }

    /// Makes a journal that keeps nothing, for measurements.
    pub fn off(credentials: Credentials) -> Self {
        Self { inner: None, credentials }
    }

    /// Returns what was recorded so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let Some(inner) = &self.inner else { return Vec::new() };
        inner.exchanges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until an exchange with a response satisfies a condition; the caller bounds the wait.
    pub async fn wait_for(&self, condition: impl Fn(&Exchange) -> bool) -> Option<Exchange> {
        let inner = self.inner.as_ref()?;
        loop {
            let changed = inner.changed.notified();
            let found = self.exchanges().into_iter().find(|exchange| exchange.status.is_some() && condition(exchange));
            if found.is_some() {
                return found;
            }
            changed.await;
        }
    }

    pub(crate) fn claim(&self, party: &str) -> String {
        self.inner.as_ref().map_or_else(String::new, |inner| format!("{party} {}", inner.claim))
    }

    pub(crate) fn around(&self, wire: Wire) -> Router {
        let journal = self.clone();
        let host = wire.authority.clone();
        let party = wire.party;
        wire.router.layer(middleware::from_fn(move |request, next| {
            let (journal, host) = (journal.clone(), host.clone());
            async move { journal.record(host, party, request, next).await }
        }))
    }

    async fn record(self, host: String, party: &'static str, mut request: Request, next: Next) -> Response {
        let claimed = request.headers_mut().remove(HOP);
        let Some(inner) = self.inner.clone() else { return next.run(request).await };
        let from = claimed.and_then(|value| {
            let (party, claim) = value.to_str().ok()?.split_once(' ')?;
            (claim == inner.claim).then(|| party.to_owned())
        });
        let (parts, body) = request.into_parts();
        let (body, text) = keep(body, &parts.headers).await;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let raw = format!("{path}\n{:?}\n{}", parts.headers, text.clone().unwrap_or_default());
        let exchange = Exchange {
            n: 0,
            from: from.unwrap_or_else(|| "browser".to_owned()),
            to: party.to_owned(),
            host,
            method: parts.method.to_string(),
            path: self.text(&inner, &path),
            version: format!("{:?}", parts.version),
            request_headers: self.headers(&inner, &parts.headers),
            request_body: text.map(|text| self.text(&inner, &text)),
            status: None,
            response_headers: Vec::new(),
            response_body: None,
            sent: self.labels(&raw),
            received: Vec::new(),
        };
        let index = {
            let mut exchanges = inner.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
            exchanges.push(exchange);
            let index = exchanges.len() - 1;
            exchanges[index].n = index + 1;
            index
        };
        let response = next.run(Request::from_parts(parts, body)).await;
        let (parts, body) = response.into_parts();
        let (body, text) = keep(body, &parts.headers).await;
        let raw = format!("{:?}\n{}", parts.headers, text.clone().unwrap_or_default());
        {
            let mut exchanges = inner.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
            let exchange = &mut exchanges[index];
            exchange.status = Some(parts.status.as_u16());
            exchange.response_headers = self.headers(&inner, &parts.headers);
            exchange.response_body = text.map(|text| self.text(&inner, &text));
            exchange.received = self.labels(&raw);
        }
        inner.changed.notify_waiters();
        Response::from_parts(parts, body)
    }

    fn labels(&self, raw: &str) -> Vec<String> {
        let shown = |kind: Kind| !matches!(kind, Kind::State | Kind::Verifier | Kind::Password | Kind::ClientSecret);
        self.credentials.found_in(raw).into_iter().filter(|(kind, _)| shown(*kind)).map(|(_, label)| label).collect()
    }

    fn headers(&self, inner: &Inner, headers: &HeaderMap) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let text = String::from_utf8_lossy(value.as_bytes());
                (name.as_str().to_owned(), self.header(inner, name, &text))
            })
            .collect()
    }

    /// Names the credentials in a text, known ones by their registry, unknown ones by the parameter that carries them.
    fn text(&self, inner: &Inner, text: &str) -> String {
        parameters::hide(&self.credentials.redact(text), |value| number(inner, value))
    }

    /// Redacts one header. In a field that carries credentials, a value that nobody has minted gets a number too.
    fn header(&self, inner: &Inner, name: &HeaderName, text: &str) -> String {
        let redacted = self.text(inner, text);
        let unknown = |value: &str| if parameters::is_bare(value) { number(inner, value) } else { value.to_owned() };
        if name == header::AUTHORIZATION {
            let (scheme, value) = redacted.split_once(' ').unwrap_or(("", &redacted));
            return format!("{scheme} {}", unknown(value.trim())).trim_start().to_owned();
        }
        if name == header::COOKIE {
            let crumbs = redacted.split("; ").map(|crumb| match crumb.split_once('=') {
                Some((name, value)) => format!("{name}={}", unknown(value)),
                None => crumb.to_owned(),
            });
            return crumbs.collect::<Vec<_>>().join("; ");
        }
        if name == header::SET_COOKIE {
            let (pair, attributes) = redacted.split_once(';').unwrap_or((&redacted, ""));
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            return format!("{name}={};{attributes}", unknown(value));
        }
        redacted
    }
}

fn number(inner: &Inner, value: &str) -> String {
    let mut unknown = inner.unknown.lock().unwrap_or_else(PoisonError::into_inner);
    let place = unknown.iter().position(|known| known == value).unwrap_or_else(|| {
        unknown.push(value.to_owned());
        unknown.len() - 1
    });
    format!("‹unknown#{}›", place + 1)
}

/// Takes a short textual body out and puts it back; a long, unsized or binary one passes by.
async fn keep(body: Body, headers: &HeaderMap) -> (Body, Option<String>) {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let textual = ["json", "form", "text/plain", "jwt"].iter().any(|part| kind.contains(part));
    let short = body.size_hint().upper().is_some_and(|upper| (1..=KEPT).contains(&upper));
    if !textual || !short {
        return (body, None);
    }
    let limit = usize::try_from(KEPT).unwrap_or(usize::MAX);
    let bytes: Bytes = axum::body::to_bytes(body, limit).await.unwrap_or_default();
    let text = String::from_utf8(bytes.to_vec()).ok();
    (Body::from(bytes), text)
}
