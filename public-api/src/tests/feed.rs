//! Server-sent events: whom they concern, and when they end.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::jwt::{claims, jwts};
use super::play::{Play, play, reference};
use super::signer::Signer;
use crate::{CacheKey, Dpop, Introspection, LEEWAY_S, Live, Settings, Switch};

/// An open stream.
struct Feed(Body);

impl Feed {
    /// Opens one with a token, which must do.
    async fn open(play: &Play, token: &str) -> Self {
        let request = Request::get("/feed").header("authorization", format!("Bearer {token}"));
        let response = play.api.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self(response.into_body())
    }

    /// What comes next; nothing at the end.
    async fn next(&mut self) -> Option<String> {
        let frame =
            tokio::time::timeout(Duration::from_secs(5), self.0.frame()).await.expect("something comes in time");
        Some(String::from_utf8(frame?.unwrap().into_data().unwrap().to_vec()).unwrap())
    }

    /// The end, as it is told.
    async fn assert_ended(mut self) {
        assert_eq!(self.next().await.as_deref(), Some("event: signed-out\ndata: the access token has ended\n\n"));
        assert_eq!(self.next().await, None);
    }
}

fn told(number: u64, from: &str, to: &str, amount: u64) -> String {
    let transfer = format!(r#"{{"transfer":{number},"from":"{from}","to":"{to}","amount":{amount}}}"#);
    format!("event: transfer\ndata: {transfer}\n\n")
}

#[tokio::test]
async fn tells_both_sides_of_a_transfer_and_nobody_else() {
    let play = reference();
    play.api.ledger.accounts_of("carol");
    let (mut alice, mut bob) = (Feed::open(&play, "good").await, Feed::open(&play, "bob").await);
    play.transfer("bob", "bob-current", "carol-current", 1).await;
    play.transfer("good", "alice-current", "bob-current", 2).await;
    assert_eq!(bob.next().await, Some(told(1, "bob-current", "carol-current", 1)));
    assert_eq!(bob.next().await, Some(told(2, "alice-current", "bob-current", 2)));
    assert_eq!(alice.next().await, Some(told(2, "alice-current", "bob-current", 2)), "the first one was none of hers");
}

#[tokio::test]
async fn ends_when_the_token_expires() {
    let play = reference();
    let feed = Feed::open(&play, "good").await;
    play.clock.advance(Duration::from_secs(300));
    feed.assert_ended().await;
}

#[tokio::test]
async fn ends_when_the_token_is_revoked() {
    let play = reference();
    let feed = Feed::open(&play, "good").await;
    play.provider.revoke("good");
    feed.assert_ended().await;
}

#[tokio::test]
async fn ends_when_nobody_can_say_that_the_token_is_good() {
    let play = reference();
    let feed = Feed::open(&play, "good").await;
    play.running.kill();
    feed.assert_ended().await;
}

#[tokio::test]
async fn a_kept_answer_is_believed_as_long_as_by_any_call() {
    let introspection = Introspection { cache_s: 30, cache_key: CacheKey::Token, negative_cache_s: 0 };
    let play = play(Settings { introspection, ..Settings::default() });
    let mut feed = Feed::open(&play, "good").await;
    play.provider.revoke("good");
    play.transfer("bob", "bob-current", "alice-current", 1).await;
    assert_eq!(feed.next().await, Some(told(1, "bob-current", "alice-current", 1)));
    play.clock.advance(Duration::from_secs(30));
    feed.assert_ended().await;
}

#[tokio::test]
async fn a_jwt_that_was_revoked_goes_on_until_it_expires() {
    let signer = Signer::new("1", "ES256");
    let play = play(jwts());
    play.provider.publish(&[&signer]);
    let mut of_bob = claims(play.clock.now_s());
    of_bob["sub"] = serde_json::json!("bob");
    let (alice, bob) = (signer.access_token(&claims(play.clock.now_s())), signer.access_token(&of_bob));
    let mut feed = Feed::open(&play, &alice).await;
    play.provider.revoke(&alice);
    play.transfer(&bob, "bob-current", "alice-current", 1).await;
    assert_eq!(feed.next().await, Some(told(1, "bob-current", "alice-current", 1)));
    play.clock.advance(Duration::from_secs(300 + LEEWAY_S));
    feed.assert_ended().await;
    assert_eq!(play.asked(), 0);
}

#[tokio::test]
async fn without_the_recheck_a_stream_outlives_its_token() {
    let live = Live { recheck: Switch::Off, ..Live::default() };
    let play = play(Settings { live, ..Settings::default() });
    let mut feed = Feed::open(&play, "good").await;
    play.provider.revoke("good");
    play.clock.advance(Duration::from_secs(3_600));
    play.transfer("bob", "bob-current", "alice-current", 1).await;
    assert_eq!(feed.next().await, Some(told(1, "bob-current", "alice-current", 1)));
}

#[tokio::test]
async fn between_two_questions_only_our_clock_ends_it() {
    let live = Live { recheck_s: 1_000, ..Live::default() };
    let play = play(Settings { live, ..Settings::default() });
    let mut feed = Feed::open(&play, "good").await;
    play.provider.revoke("good");
    play.transfer("bob", "bob-current", "alice-current", 1).await;
    assert_eq!(feed.next().await, Some(told(1, "bob-current", "alice-current", 1)));
    play.clock.advance(Duration::from_secs(300));
    feed.assert_ended().await;
    assert_eq!(play.asked(), 2, "once for each call that was made");
}

#[tokio::test]
async fn a_slow_reader_is_told_how_much_it_has_missed() {
    let play = reference();
    let mut feed = Feed::open(&play, "good").await;
    let one = crate::ledger::Transfer { from: "alice-current".to_owned(), to: "bob-current".to_owned(), amount: 1 };
    for _ in 0..300 {
        play.api.ledger.carry_out("alice", &one).unwrap();
    }
    assert_eq!(feed.next().await.as_deref(), Some("event: missed\ndata: {\"missed\":44}\n\n"));
    assert_eq!(feed.next().await, Some(told(45, "alice-current", "bob-current", 1)));
}

#[tokio::test]
async fn there_is_a_last_place_and_it_is_given_back() {
    let introspection = Introspection { cache_s: 30, ..Introspection::default() };
    let play = play(Settings { introspection, ..Settings::default() });
    let mut feeds = Vec::new();
    for _ in 0..256 {
        feeds.push(Feed::open(&play, "good").await);
    }
    let refused = play.get("/feed", "good").await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(play.get("/accounts", "good").await.status, StatusCode::OK, "calls are not streams");
    feeds.pop();
    Feed::open(&play, "good").await;
}

#[tokio::test]
async fn a_stream_takes_the_token_of_any_call_and_no_other() {
    let play = play(Settings { dpop: Dpop::Accept, dpop_nonce: Switch::Off, ..Settings::default() });
    for token in ["unknown", "other-audience", "expired", "dpop-x", "a%20b"] {
        assert_eq!(play.get("/feed", token).await.status, StatusCode::UNAUTHORIZED, "{token}");
    }
    assert_eq!(play.get("/feed", "other-scope").await.status, StatusCode::FORBIDDEN);
    assert_eq!(play.get("/feed", "failing").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let in_url = play.send(Request::get("/feed?access_token=good"), "").await;
    assert_eq!(in_url.status, StatusCode::BAD_REQUEST);
    let client = Signer::new("client", "ES256");
    let token = format!("dpop-{}", client.thumbprint());
    let proof = client.proof("GET", "https://api.app1.test/feed", &token, None, play.clock.now_s());
    let request = Request::get("/feed").header("authorization", format!("DPoP {token}")).header("dpop", proof);
    let response = play.api.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}
