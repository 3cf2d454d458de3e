//! Bodies pass as they come, both ways, and everything that lasts has a bound.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::routing::any;
use futures_util::StreamExt as _;
use futures_util::stream;
use hosting::Authority;
use http::{StatusCode, Version, header};
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use super::{Play, begin};
use crate::tests::agent::{Agent, config, own, text};
use crate::{Config, Settings, Switch};

type Pieces = mpsc::Sender<Result<Bytes, Infallible>>;

/// A body whose pieces are sent one by one.
fn by_hand() -> (Pieces, Body) {
    let (pieces, received) = mpsc::channel(1);
    let body =
        stream::unfold(received, |mut received| async move { received.recv().await.map(|next| (next, received)) });
    (pieces, Body::from_stream(body))
}

async fn say(pieces: &Pieces, piece: &'static str) {
    pieces.send(Ok(Bytes::from_static(piece.as_bytes()))).await.unwrap();
}

fn echo() -> Router {
    Router::new().fallback(any(|request: Request| async { Response::new(request.into_body()) }))
}

/// An API whose answer of this type a test writes by hand.
fn written(content_type: &'static str) -> (Pieces, Router) {
    let (pieces, body) = by_hand();
    let body = std::sync::Arc::new(std::sync::Mutex::new(Some(body)));
    let answer = move || {
        let mut response = Response::new(body.lock().unwrap().take().unwrap_or_default());
        response.headers_mut().insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        std::future::ready(response)
    };
    (pieces, Router::new().fallback(any(answer)))
}

#[tokio::test]
async fn the_first_piece_comes_back_before_the_second_is_sent() {
    let authority = Authority::new();
    for is_secure in [false, true] {
        let play = if is_secure {
            Play::over_https(&authority, config(), echo()).await
        } else {
            Play::new(Settings::default(), echo()).await
        };
        let (outbound, _running) = play.serve(is_secure.then_some(&authority));
        let (pieces, body) = by_hand();
        let scheme = if is_secure { "https" } else { "http" };
        let request = own("POST", &format!("{scheme}://bff.test/api/orders/echo")).header(header::COOKIE, &play.cookie);
        say(&pieces, "first").await;
        let answer = outbound.pass(request.body(body).unwrap()).await.unwrap();
        assert_eq!(answer.version(), if is_secure { Version::HTTP_2 } else { Version::HTTP_11 });
        assert_eq!(answer.status(), StatusCode::OK);
        let mut answer = answer.into_body().into_data_stream();
        assert_eq!(answer.next().await.unwrap().unwrap(), "first");
        say(&pieces, "second").await;
        assert_eq!(answer.next().await.unwrap().unwrap(), "second");
        drop(pieces);
        // HTTP/2 may end a stream with an empty piece (RFC 9113 §6.1).
        assert!(answer.all(|piece| async move { piece.unwrap().is_empty() }).await);
    }
}

#[tokio::test]
async fn a_long_body_arrives_whole_and_with_its_length() {
    let play = Play::new(Settings::default(), echo()).await;
    let (outbound, _running) = play.serve(None);
    let sent: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let request = own("POST", "http://bff.test/api/orders/echo").header(header::COOKIE, &play.cookie);
    let answer = outbound.pass(request.body(Body::from(sent.clone())).unwrap()).await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_LENGTH], "1000000");
    assert_eq!(axum::body::to_bytes(answer.into_body(), 2_000_000).await.unwrap(), sent);
    assert_eq!(play.asked_once().header("content-length"), Some("1000000"));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_whether_it_says_so_or_not() {
    let mut settings = Settings::default();
    settings.proxy.longest_body = 10;
    let never = Router::new().fallback(any(|request: Request| async {
        let read = axum::body::to_bytes(request.into_body(), 100).await;
        if read.is_ok() { StatusCode::OK } else { std::future::pending().await }
    }));
    let play = Play::new(settings, never).await;
    let ask = || own("POST", "/api/orders/list").header(header::COOKIE, &play.cookie);
    assert_eq!(play.agent.send(ask(), "0123456789").await.status(), StatusCode::OK);
    assert_eq!(play.agent.send(ask(), "0123456789a").await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(play.asked().len(), 1, "what says that it is too long is not even begun");
    let pieces = stream::iter(["01234", "56789", "a"].map(Ok::<_, Infallible>));
    let request = ask().body(Body::from_stream(pieces)).unwrap();
    let response = play.agent.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_answer_that_does_not_begin_in_time_is_given_up() {
    let mut settings = Settings::default();
    settings.proxy.deadline_s = 0;
    let play = Play::new(settings, Router::new().fallback(any(std::future::pending::<()>))).await;
    assert_eq!(play.ask("GET", "/api/orders/list").await.status(), StatusCode::GATEWAY_TIMEOUT);
    // Whose slowness it was is told apart.
    let (_pieces, body) = by_hand();
    let request = own("POST", "/api/orders/list").header(header::COOKIE, &play.cookie).body(body).unwrap();
    let response = play.agent.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn an_api_that_cannot_be_reached_is_told_without_where_it_is() {
    let elsewhere = |base: &str| {
        let mut config: Config = config();
        config.apis[0].base = base.to_owned();
        config
    };
    // Unknown, and one that answers a handshake with what is none.
    for base in ["http://private-zone.test", "https://orders.test/orders"] {
        let play = Play::with(elsewhere(base), Settings::default(), echo(), None).await;
        let response = play.ask("GET", "/api/orders/list").await;
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY, "{base}");
        let told = text(response).await;
        assert!(!told.contains("private-zone") && !told.contains("orders.test"), "{told}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_does_not_look_whole() {
    let broken = Router::new().fallback(any(|| async {
        let pieces = stream::iter([Ok("begun"), Err(std::io::Error::other("gone"))]);
        Response::new(Body::from_stream(pieces))
    }));
    let play = Play::new(Settings::default(), broken).await;
    let (outbound, _running) = play.serve(None);
    let request = own("GET", "http://bff.test/api/orders/list").header(header::COOKIE, &play.cookie);
    let answer = outbound.pass(request.body(Body::empty()).unwrap()).await.unwrap();
    assert!(axum::body::to_bytes(answer.into_body(), 100).await.is_err());
}

#[tokio::test]
async fn an_event_stream_ends_with_the_session_and_a_file_breaks_off() {
    for (content_type, is_clean) in [("text/event-stream", true), ("application/octet-stream", false)] {
        let (pieces, api) = written(content_type);
        let play = Play::new(Settings::default(), api).await;
        say(&pieces, "data: one\n\n").await;
        let mut answer = play.ask("GET", "/api/orders/list").await.into_body().into_data_stream();
        assert_eq!(answer.next().await.unwrap().unwrap(), "data: one\n\n");
        let (next, ()) = tokio::join!(answer.next(), play.sign_out());
        assert_eq!(next.is_none(), is_clean, "{content_type}");
        assert!(next.is_none_or(|next| next.is_err()));
    }
}

#[tokio::test]
async fn a_stream_that_is_not_closed_tells_on_after_sign_out() {
    let mut weak = Settings::default();
    weak.ws.close_on_logout = Switch::Off;
    let (pieces, api) = written("text/event-stream");
    let play = Play::new(weak, api).await;
    say(&pieces, "data: one\n\n").await;
    let mut answer = play.ask("GET", "/api/orders/list").await.into_body().into_data_stream();
    assert_eq!(answer.next().await.unwrap().unwrap(), "data: one\n\n");
    play.sign_out().await;
    say(&pieces, "data: two\n\n").await;
    assert_eq!(answer.next().await.unwrap().unwrap(), "data: two\n\n");
}

#[tokio::test]
async fn an_event_source_needs_no_header_but_the_own_page() {
    let play = Play::new(Settings::default(), echo()).await;
    let ask = |site: &str| {
        let request = crate::tests::agent::request("GET", "/api/orders/list").header(header::COOKIE, &play.cookie);
        play.agent.ask(request.header(header::ACCEPT, "text/event-stream").header("sec-fetch-site", site.to_owned()))
    };
    assert_eq!(ask("same-origin").await.status(), StatusCode::OK);
    assert_eq!(ask("same-site").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn two_users_at_once_get_their_own_answers() {
    let whose = Router::new().fallback(any(|request: Request| async move {
        tokio::task::yield_now().await;
        request.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned()
    }));
    let play = Play::new(Settings::default(), whose).await;
    let users = futures_util::future::join_all((0..8).map(|n| {
        let agent: &Agent = &play.agent;
        async move { begin(agent, &format!("user-{n}"), &format!("token-{n}")).await }
    }));
    let users = users.await;
    let calls = (0..80).map(|call| {
        let user = call % users.len();
        let request = own("GET", "/api/orders/list").header(header::COOKIE, &users[user]);
        let asked = play.agent.ask(request);
        async move { assert_eq!(text(asked.await).await, format!("Bearer token-{user}")) }
    });
    let all = futures_util::future::join_all(calls);
    tokio::time::timeout(Duration::from_secs(10), all).await.unwrap();
}
