//! WebSockets through the proxy.

use axum::Router;
use axum::extract::ws::{Message as ApiMessage, WebSocketUpgrade};
use axum::routing::any;
use hosting::Authority;
use http::{Method, StatusCode, header};
use tokio_tungstenite::tungstenite::Message;

use super::{Play, TOKEN};
use crate::tests::agent::config;
use crate::tests::streams::socket::{OWN, Socket};
use crate::{Config, Route, Settings, Switch};

const PATH: &str = "/api/orders/live";

fn echo() -> Router {
    let echo = |upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(message @ (ApiMessage::Text(_) | ApiMessage::Binary(_)))) = socket.recv().await {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
        })
    };
    Router::new().route("/orders/live", any(echo))
}

/// A route that can be upgraded is one that lists `CONNECT`.
fn upgradable() -> Config {
    let mut config = config();
    config.apis[0].routes = vec![
        Route { methods: vec![Method::CONNECT], path: "live".to_owned() },
        Route { methods: vec![Method::GET], path: "list".to_owned() },
    ];
    config
}

async fn exchanged(socket: &mut Socket) {
    for text in ["hello", "world"] {
        socket.send(Message::Text(text.into())).await;
        assert_eq!(socket.text().await, text);
    }
    let long = vec![7_u8; 300_000];
    socket.send(Message::Binary(long.clone().into())).await;
    assert_eq!(socket.next().await.unwrap().into_data(), long);
}

#[tokio::test]
async fn an_echo_comes_back_over_http_1_1() {
    let play = Play::with(upgradable(), Settings::default(), echo(), None).await;
    let (_, running) = play.serve(None);
    let mut socket = Socket::over_http_1(&running, PATH, &play.cookie, OWN).await.unwrap();
    exchanged(&mut socket).await;
    let asked = play.asked_once();
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!((asked.header("cookie"), asked.header("origin")), (None, None));
}

#[tokio::test]
async fn an_echo_comes_back_over_http_2() {
    let authority = Authority::new();
    let play = Play::over_https(&authority, upgradable(), echo()).await;
    let (outbound, _running) = play.serve(Some(&authority));
    let mut socket = Socket::over_http_2(&outbound, PATH, &play.cookie, OWN).await.unwrap();
    exchanged(&mut socket).await;
    assert_eq!(play.asked_once().method, Method::GET, "the API speaks HTTP/1.1");
}

#[tokio::test]
async fn a_tunnel_ends_with_its_session() {
    let play = Play::with(upgradable(), Settings::default(), echo(), None).await;
    let (_, running) = play.serve(None);
    let mut socket = Socket::over_http_1(&running, PATH, &play.cookie, OWN).await.unwrap();
    exchanged(&mut socket).await;
    play.sign_out().await;
    assert_eq!(socket.closed().await, None, "nothing can be said within another's frames");
}

#[tokio::test]
async fn without_the_switch_a_tunnel_stays_open_after_sign_out() {
    let mut weak = Settings::default();
    weak.ws.close_on_logout = Switch::Off;
    let play = Play::with(upgradable(), weak, echo(), None).await;
    let (_, running) = play.serve(None);
    let mut socket = Socket::over_http_1(&running, PATH, &play.cookie, OWN).await.unwrap();
    play.sign_out().await;
    exchanged(&mut socket).await;
}

#[tokio::test]
async fn a_route_that_does_not_say_so_is_not_upgraded() {
    let play = Play::with(upgradable(), Settings::default(), echo(), None).await;
    let (_, running) = play.serve(None);
    for (path, status) in
        [("/api/orders/list", StatusCode::METHOD_NOT_ALLOWED), ("/api/orders/other", StatusCode::NOT_FOUND)]
    {
        let refused = Socket::over_http_1(&running, path, &play.cookie, OWN).await;
        assert_eq!(refused.err(), Some(status), "{path}");
    }
    assert!(play.asked().is_empty());
}

#[tokio::test]
async fn another_pages_socket_is_refused() {
    let play = Play::with(upgradable(), Settings::default(), echo(), None).await;
    let (_, running) = play.serve(None);
    let refused = Socket::over_http_1(&running, PATH, &play.cookie, "https://evil.test").await;
    assert_eq!(refused.err(), Some(StatusCode::FORBIDDEN));
    let mut weak = Settings::default();
    weak.ws.origin = Switch::Off;
    let play = Play::with(upgradable(), weak, echo(), None).await;
    let (_, running) = play.serve(None);
    assert!(Socket::over_http_1(&running, PATH, &play.cookie, "https://evil.test").await.is_ok());
}

#[tokio::test]
async fn an_api_that_does_not_agree_opens_nothing() {
    for (answer, status) in [
        (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        (StatusCode::OK, StatusCode::BAD_GATEWAY),
        (StatusCode::SWITCHING_PROTOCOLS, StatusCode::BAD_GATEWAY),
    ] {
        let api = Router::new().route(
            "/orders/live",
            any(move || async move { (answer, [(header::CONNECTION, "upgrade"), (header::UPGRADE, "h2c")]) }),
        );
        let play = Play::with(upgradable(), Settings::default(), api, None).await;
        let (_, running) = play.serve(None);
        let refused = Socket::over_http_1(&running, PATH, &play.cookie, OWN).await;
        assert_eq!(refused.err(), Some(status), "{answer}");
    }
}
