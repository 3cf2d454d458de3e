//! The way to the APIs behind the application: registered routes, URLs built from validated segments, our credential.
//!
//! Both bodies stream, and HTTP/2 is spoken on both sides where the other end does. Forged requests are refused before
//! this: what begins a stream by its sender, everything else by its header.

mod back;
mod call;
mod download;
mod follow;
mod hop;
mod idle;
mod location;
mod onward;
mod outgoing;
mod pump;
mod refusal;
mod routes;
mod sandbox;
mod target;
mod tunnel;
mod upload;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use http_body::Body as _;

use crate::csrf::{self, Stream};
use crate::downstream::{Base, Behind};
use crate::problem::Problem;
use crate::session::Found;
use crate::streams::{self, until_ended};
use crate::{Inner, Shared};
use back::Asked;
use call::{Answered, Call};
use download::{Download, End};
use outgoing::Outgoing;
use routes::NotRegistered;
use tunnel::Opening;

pub(crate) use routes::Routes;

/// Passes a request on as the user, streaming both ways.
pub(crate) async fn forward(State(bff): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let planted = match csrf::admit_proxied(&bff, &parts, !body.is_end_stream()).await {
        Ok(planted) => planted,
        Err(problem) => return problem.into_response(),
    };
    let mut response = pass(&bff, parts, body).await.unwrap_or_else(IntoResponse::into_response);
    if let Some(set_cookie) = planted {
        response.headers_mut().append(header::SET_COOKIE, set_cookie);
    }
    response
}

async fn pass(bff: &Shared, mut parts: Parts, body: Body) -> Result<Response, Problem> {
    let stream = Stream::of(&parts.method, &parts.headers);
    let found = match stream {
        None => bff.sessions.find(&parts.headers).await?,
        // A stream is opened again by itself, and that is no use of the session.
        Some(_) => bff.sessions.peek(&parts.headers).await?,
    };
    let (behind, base, rest) = named(bff, &parts)?;
    let query = parts.uri.query();
    let settings = &bff.settings.proxy;
    let target =
        if settings.normalise.is_on() { target::build(base, rest, query)? } else { target::join(base, rest, query)? };
    // Over HTTP/1.1 a WebSocket is asked for by GET, over HTTP/2 by CONNECT: a route allows both by CONNECT.
    let is_websocket = stream == Some(Stream::WebSocket);
    let asked = if is_websocket { &Method::CONNECT } else { &parts.method };
    match registered(bff, behind, asked, rest) {
        Ok(()) => {}
        Err(NotRegistered::Path) => return Err(nothing_there()),
        Err(NotRegistered::Method(allow)) => return Ok(other_method(allow)),
    }
    // RFC 9110 §9.3.8: the answer would show the page what was sent, the credential included.
    if *asked == Method::TRACE || *asked == Method::CONNECT && !is_websocket {
        return Err(Problem::fixed(StatusCode::NOT_IMPLEMENTED, "this method is never passed on"));
    }
    if is_websocket {
        return Box::pin(upgrade(bff, behind, base, target, parts, found)).await;
    }
    let outgoing = Outgoing::new(settings, body)?;
    let (method, headers) = (std::mem::take(&mut parts.method), &parts.headers);
    let mut call = Call { bff, behind, found: &found, method, target, headers, handshake: None };
    let mut answered = call.send(outgoing).await?;
    if !settings.no_follow.is_on() {
        answered = Box::pin(follow::follow(&mut call, answered)).await?;
    }
    let Call { method, target, .. } = call;
    respond(bff, &Asked { method: &method, target: &target, name: &behind.name, base }, answered, found).await
}

/// Finds the API, and what follows its name.
fn named<'b, 'p>(bff: &'b Inner, parts: &'p Parts) -> Result<(&'b Behind, &'b Base, Option<&'p str>), Problem> {
    // RFC 9112 §3.2.2: such a target names a host as well, and two programs could mean two hosts.
    if parts.version <= Version::HTTP_11 && parts.uri.authority().is_some() {
        return Err(Problem::fixed(StatusCode::BAD_REQUEST, "send the path alone, without scheme and host"));
    }
    let (behind, rest) = bff.downstreams.named(parts.uri.path()).ok_or_else(nothing_there)?;
    let unknown = || Problem::new(StatusCode::BAD_GATEWAY, format!("the API {:?} has no address", behind.name));
    Ok((behind, behind.base.as_ref().ok_or_else(unknown)?, rest))
}

fn registered(bff: &Inner, behind: &Behind, method: &Method, rest: Option<&str>) -> Result<(), NotRegistered> {
    if bff.settings.proxy.allowlist.is_on() { behind.routes.check(method, rest) } else { Ok(()) }
}

fn nothing_there() -> Problem {
    Problem::fixed(StatusCode::NOT_FOUND, "no API has this path")
}

fn other_method(allow: HeaderValue) -> Response {
    let detail = format!("this path takes {}", allow.to_str().unwrap_or_default());
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response();
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

async fn upgrade(
    bff: &Shared,
    behind: &Behind,
    base: &Base,
    target: http::Uri,
    mut parts: Parts,
    found: Found,
) -> Result<Response, Problem> {
    let opening = Opening::new(&mut parts)?;
    let open = bff.downstreams.places.open(&bff.watch, Stream::WebSocket)?;
    let (headers, handshake) = (&parts.headers, Some(&opening.key));
    let call = Call { bff, behind, found: &found, method: Method::GET, target, headers, handshake };
    let answered = call.send(Outgoing::Nothing).await?;
    let status = answered.answer.status();
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return opening.open(bff.clone(), found.key, open, answered.answer);
    }
    if status.is_success() {
        // To a CONNECT, success would be an open tunnel (RFC 9110 §9.3.6).
        return Err(Problem::fixed(StatusCode::BAD_GATEWAY, "the API opens no WebSocket here"));
    }
    let Call { method, target, .. } = call;
    respond(bff, &Asked { method: &method, target: &target, name: &behind.name, base }, answered, found).await
}

/// Turns an API's answer into the application's.
async fn respond(bff: &Shared, asked: &Asked<'_>, answered: Answered, found: Found) -> Result<Response, Problem> {
    let Answered { answer, credential } = answered;
    let (head, body) = answer.into_parts();
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        // RFC 9110 §7.8: nobody has asked for it.
        return Err(Problem::fixed(StatusCode::BAD_GATEWAY, "the API speaks another protocol than it was asked for"));
    }
    let headers = back::headers(&bff.settings.proxy, asked, &head.headers);
    let mut response = match &credential {
        Some(credential) if refusal::is_one(head.status) => {
            let patience = std::time::Duration::from_secs(bff.settings.proxy.deadline_s);
            match refusal::text(&head.headers, body, credential.token(), patience).await {
                Some(text) => made(head.status, headers, Body::from(text)),
                None => refusal::stand_in(head.status, &head.headers),
            }
        }
        _ => made(head.status, headers, lasting(bff, &head.headers, body, found.key)?),
    };
    let set_cookie = credential.and_then(|credential| credential.set_cookie).or(found.set_cookie);
    if let Some(set_cookie) = set_cookie {
        response.headers_mut().append(header::SET_COOKIE, set_cookie);
    }
    Ok(response)
}

fn made(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Bounds a body by the session and by silence.
fn lasting(bff: &Shared, headers: &HeaderMap, body: Body, session: String) -> Result<Body, Problem> {
    if http_body::Body::is_end_stream(&body) {
        return Ok(Body::empty());
    }
    let (end, open) = if is_event_stream(headers) {
        (End::Clean, Some(bff.downstreams.places.open(&bff.watch, Stream::Events)?))
    } else {
        (End::BrokenOff, None)
    };
    let bff = bff.clone();
    let until_ended = move || -> download::Ended {
        Box::pin(async move {
            let _open = open;
            until_ended(&bff, &session).await;
        })
    };
    Ok(Body::new(Download::new(body, end, streams::IDLE, until_ended)))
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
}
