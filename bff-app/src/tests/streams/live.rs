//! WebSockets.

use hosting::Authority;
use http::{StatusCode, header};
use tokio_tungstenite::tungstenite::Message;

use super::Play;
use super::socket::{OWN, Socket};
use crate::tests::agent::request;
use crate::{Settings, Switch};

/// Opens one over each version, and says what is told then.
async fn opened(settings: impl Fn() -> Settings) -> Vec<(Play, String, Socket)> {
    let authority = Authority::new();
    let mut opened = Vec::new();
    for is_http_2 in [false, true] {
        let play = Play::start(settings(), is_http_2.then_some(&authority));
        let cookie = play.agent.begin("alice", None).await;
        let socket = if is_http_2 {
            Socket::over_http_2(&play.outbound, "/api/live", &cookie, OWN).await
        } else {
            Socket::over_http_1(&play.running, "/api/live", &cookie, OWN).await
        };
        opened.push((play, cookie, socket.unwrap()));
    }
    opened
}

#[tokio::test]
async fn a_user_is_told_over_both_versions_of_http() {
    for (play, cookie, mut socket) in opened(Settings::default).await {
        play.pay(&cookie, 7).await;
        let told = "{\"transfer\":1,\"from\":\"alice-current\",\"to\":\"bob-current\",\"amount\":7}";
        assert_eq!(socket.text().await, told);
    }
}

#[tokio::test]
async fn it_closes_with_its_session() {
    for (play, _, mut socket) in opened(Settings::default).await {
        // A ping that is answered shows that the stream is served, so that the end does not come before the beginning.
        socket.send(Message::Ping("here".into())).await;
        assert_eq!(socket.next().await, Some(Message::Pong("here".into())));
        play.sign_out("alice").await;
        assert_eq!(socket.closed().await, Some(4401));
    }
}

#[tokio::test]
async fn without_the_switch_it_tells_on_after_sign_out() {
    let weak = || {
        let mut weak = Settings::default();
        weak.ws.close_on_logout = Switch::Off;
        weak
    };
    for (play, cookie, mut socket) in opened(weak).await {
        play.sign_out("alice").await;
        assert!(!play.agent.lives(&cookie).await);
        let again = play.agent.begin("alice", None).await;
        play.pay(&again, 7).await;
        assert!(socket.text().await.contains("\"transfer\":1"));
    }
}

#[tokio::test]
async fn what_the_page_says_is_heard_up_to_4_kib() {
    for (play, cookie, mut socket) in opened(Settings::default).await {
        socket.send(Message::Text("a".repeat(4096).into())).await;
        play.pay(&cookie, 7).await;
        assert!(socket.text().await.contains("\"transfer\":1"));
        socket.send(Message::Text("a".repeat(4097).into())).await;
        assert_eq!(socket.closed().await, Some(1009));
    }
}

#[tokio::test]
async fn another_pages_socket_is_refused() {
    let play = Play::start(Settings::default(), None);
    let cookie = play.agent.begin("alice", None).await;
    for origin in ["https://evil.test", "https://sibling.bff.test", "null"] {
        let refused = Socket::over_http_1(&play.running, "/api/live", &cookie, origin).await;
        assert_eq!(refused.err(), Some(StatusCode::FORBIDDEN), "{origin}");
    }
    let mut weak = Settings::default();
    weak.ws.origin = Switch::Off;
    let play = Play::start(weak, None);
    let cookie = play.agent.begin("alice", None).await;
    let hijacked = Socket::over_http_1(&play.running, "/api/live", &cookie, "https://evil.test").await;
    assert!(hijacked.is_ok());
}

#[tokio::test]
async fn it_is_for_users_and_for_sockets() {
    let play = Play::start(Settings::default(), None);
    let nobody = Socket::over_http_1(&play.running, "/api/live", "a=b", OWN).await;
    assert_eq!(nobody.err(), Some(StatusCode::UNAUTHORIZED));
    let cookie = play.agent.begin("alice", None).await;
    let no_socket = request("GET", "/api/live").header(header::COOKIE, &cookie).header(header::ORIGIN, OWN);
    assert!(play.agent.ask(no_socket).await.status().is_client_error());
}
