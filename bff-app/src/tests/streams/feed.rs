//! Server-sent events.

use axum::body::BodyDataStream;
use futures_util::StreamExt as _;
use http::{StatusCode, header};

use super::{Play, event_source};
use crate::tests::agent::request;
use crate::{Settings, Switch};

async fn opened(play: &Play, cookie: &str) -> BodyDataStream {
    let response = play.agent.ask(event_source(cookie)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    response.into_body().into_data_stream()
}

async fn next(events: &mut BodyDataStream) -> Option<String> {
    events.next().await.map(|event| String::from_utf8(event.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn a_user_is_told_of_their_own_transfers_and_no_others() {
    let play = Play::start(Settings::default(), None);
    let (alice, bob) = (play.agent.begin("alice", None).await, play.agent.begin("bob", None).await);
    let carol = play.agent.begin("carol", None).await;
    let mut told = [opened(&play, &alice).await, opened(&play, &bob).await, opened(&play, &carol).await];
    play.pay(&alice, 7).await;
    let expected =
        "event: transfer\ndata: {\"transfer\":1,\"from\":\"alice-current\",\"to\":\"bob-current\",\"amount\":7}\n\n";
    for told in &mut told[..2] {
        assert_eq!(next(told).await.as_deref(), Some(expected));
    }
    let (end, ()) = tokio::join!(next(&mut told[2]), play.sign_out("carol"));
    assert_eq!(end.as_deref(), Some("event: signed-out\ndata: signed out\n\n"), "the first that carol is told");
}

#[tokio::test]
async fn a_feed_ends_with_its_session() {
    let play = Play::start(Settings::default(), None);
    let (alice, bob) = (play.agent.begin("alice", None).await, play.agent.begin("bob", None).await);
    let (mut alices, mut bobs) = (opened(&play, &alice).await, opened(&play, &bob).await);
    let (end, ()) = tokio::join!(next(&mut bobs), play.sign_out("bob"));
    assert!(end.unwrap().contains("signed-out"));
    assert_eq!(next(&mut bobs).await, None);
    play.pay(&alice, 1).await;
    assert!(next(&mut alices).await.unwrap().contains("event: transfer"), "others go on");
}

#[tokio::test]
async fn without_the_switch_a_feed_tells_on_after_sign_out() {
    let mut weak = Settings::default();
    weak.ws.close_on_logout = Switch::Off;
    let play = Play::start(weak, None);
    let (alice, bob) = (play.agent.begin("alice", None).await, play.agent.begin("bob", None).await);
    let mut bobs = opened(&play, &bob).await;
    play.sign_out("bob").await;
    play.pay(&alice, 1).await;
    assert!(next(&mut bobs).await.unwrap().contains("event: transfer"));
}

#[tokio::test]
async fn a_feed_is_for_the_own_page_and_a_user() {
    let play = Play::start(Settings::default(), None);
    let alice = play.agent.begin("alice", None).await;
    let foreign = request("GET", "/api/feed").header(header::COOKIE, &alice).header("sec-fetch-site", "same-site");
    assert_eq!(play.agent.ask(foreign).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(play.agent.ask(event_source("a=b")).await.status(), StatusCode::UNAUTHORIZED);
    let mut weak = Settings::default();
    weak.sse.origin = Switch::Off;
    let play = Play::start(weak, None);
    let alice = play.agent.begin("alice", None).await;
    let foreign = request("GET", "/api/feed").header(header::COOKIE, &alice).header("sec-fetch-site", "same-site");
    assert_eq!(play.agent.ask(foreign).await.status(), StatusCode::OK, "a sibling reads along");
}

#[tokio::test]
async fn a_feed_does_not_keep_its_session_alive() {
    let play = Play::start(Settings::default(), None);
    let alice = play.agent.begin("alice", None).await;
    let idle = std::time::Duration::from_secs(play.agent.bff.settings.session.idle_s / 2);
    play.agent.bff.handed.clock.advance(idle);
    let _events = opened(&play, &alice).await;
    play.agent.bff.handed.clock.advance(idle);
    assert_eq!(play.agent.ask(event_source(&alice)).await.status(), StatusCode::UNAUTHORIZED);
}
