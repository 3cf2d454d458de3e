//! How the issuer is asked about reference tokens, and how its answers are kept.

use std::time::Duration;

use futures_util::future::join_all;
use hosting::{Issuer, Secret};
use http::StatusCode;

use super::play::{Play, config, pace, play, play_at, reference};
use crate::{CacheKey, Config, Introspection, IntrospectionClient, Settings};

fn keeping(introspection: Introspection) -> Play {
    play(Settings { introspection, ..Settings::default() })
}

fn good_answers(cache_key: CacheKey) -> Introspection {
    Introspection { cache_s: 30, cache_key, ..Introspection::default() }
}

#[tokio::test]
async fn fails_closed_when_the_issuer_does_not_answer_properly() {
    let play = reference();
    for token in ["failing", "broken", "huge"] {
        let answer = play.get("/accounts", token).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{token}");
        assert_eq!((answer.header("www-authenticate"), answer.header("retry-after")), ("", "1"), "{token}");
    }
    play.running.kill();
    assert_eq!(play.status("good").await, 503);
}

#[tokio::test]
async fn asks_its_own_issuer_alone_and_by_its_own_name() {
    let client = IntrospectionClient { id: "api".to_owned(), secret: Secret::new("wrong") };
    let wrong_secret = Config { introspection: Some(client), ..config() };
    assert_eq!(play_at(wrong_secret, Settings::default(), pace()).status("good").await, 503);
    for issuer in ["http://other.test", "http://idp.test", "http://idp.test/realms/one/", "http://idp.test/realms/two"]
    {
        let other = Config { issuer: Issuer::parse(issuer).unwrap(), ..config() };
        let play = play_at(other, Settings::default(), pace());
        assert_eq!((play.status("good").await, play.asked()), (503, 0), "{issuer}");
    }
}

#[tokio::test]
async fn asks_at_every_call_unless_told_to_keep_answers() {
    let play = reference();
    assert_eq!((play.status("good").await, play.status("good").await, play.asked()), (200, 200, 2));
    let play = keeping(good_answers(CacheKey::Token));
    assert_eq!((play.status("good").await, play.status("good").await, play.asked()), (200, 200, 1));
    play.clock.advance(Duration::from_secs(30));
    assert_eq!((play.status("good").await, play.asked()), (200, 2));
}

#[tokio::test]
async fn a_revoked_token_lives_as_long_as_its_answer_is_kept() {
    let play = reference();
    assert_eq!(play.status("good").await, 200);
    play.provider.revoke("good");
    assert_eq!(play.status("good").await, 401, "nothing is kept");
    let play = keeping(good_answers(CacheKey::Token));
    assert_eq!(play.status("good").await, 200);
    play.provider.revoke("good");
    play.clock.advance(Duration::from_secs(29));
    assert_eq!(play.status("good").await, 200);
    play.clock.advance(Duration::from_secs(1));
    assert_eq!(play.status("good").await, 401);
}

#[tokio::test]
async fn a_kept_answer_does_not_outlive_the_token() {
    let play = keeping(good_answers(CacheKey::Token));
    assert_eq!(play.status("short").await, 200);
    play.provider.revoke("short");
    play.clock.advance(Duration::from_secs(10));
    assert_eq!(play.status("short").await, 401);
}

#[tokio::test]
async fn a_refused_token_is_asked_about_again_unless_told_otherwise() {
    let play = keeping(good_answers(CacheKey::Token));
    assert_eq!((play.status("unknown").await, play.status("unknown").await, play.asked()), (401, 401, 2));
    let play = keeping(Introspection { negative_cache_s: 10, ..Introspection::default() });
    assert_eq!((play.status("unknown").await, play.status("unknown").await, play.asked()), (401, 401, 1));
    assert_eq!((play.status("good").await, play.status("good").await, play.asked()), (200, 200, 3));
    play.clock.advance(Duration::from_secs(10));
    assert_eq!((play.status("unknown").await, play.asked()), (401, 4));
}

#[tokio::test]
async fn a_missing_answer_is_never_kept() {
    let play = keeping(Introspection { cache_s: 30, negative_cache_s: 30, ..Introspection::default() });
    assert_eq!((play.status("failing").await, play.status("failing").await, play.asked()), (503, 503, 2));
}

#[tokio::test]
async fn who_asks_at_the_same_time_shares_one_answer() {
    for (token, status) in [("good", 200), ("unknown", 401), ("failing", 503)] {
        let play = reference();
        let statuses = join_all((0..20).map(|_| play.status(token))).await;
        assert_eq!((statuses, play.asked()), (vec![status; 20], 1), "{token}");
    }
    let play = reference();
    let statuses = join_all(["good", "bob", "good", "unknown"].map(|token| play.status(token))).await;
    assert_eq!((statuses, play.asked()), (vec![200, 200, 200, 401], 3), "but never another token's");
}

#[tokio::test]
async fn a_cache_by_prefix_answers_for_a_token_that_nobody_issued() {
    for (key, status) in [(CacheKey::Token, 401), (CacheKey::Prefix, 200)] {
        let play = keeping(good_answers(key));
        assert_eq!(play.status("good-and-long").await, 200);
        assert_eq!(play.status("good-and-forged").await, status, "{key:?}");
    }
}
