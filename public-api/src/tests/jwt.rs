//! Access tokens that say themselves what they are worth (RFC 9068): keys, formats, and what a JWT cannot do.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::play::{ISSUER, Play, config, pace, play, play_at};
use super::signer::Signer;
use crate::{Config, Format, LEEWAY_S, Settings, Switch};

/// The claims of an access token with which nothing is wrong (RFC 9068 §2.2).
pub(super) fn claims(now: u64) -> Value {
    json!({
        "iss": ISSUER, "sub": "alice", "aud": "accounts-api", "client_id": "spa", "scope": "openid accounts",
        "iat": now, "exp": now + 300, "jti": hosting::random_token(),
    })
}

pub(super) fn jwts() -> Settings {
    Settings { format: Format::Jwt, ..Settings::default() }
}

/// An API that takes JWTs alone, and needs no registration at the issuer for that.
fn alone(settings: Settings, signers: &[&Signer]) -> Play {
    let play = play_at(Config { introspection: None, ..config() }, settings, pace());
    play.provider.publish(signers);
    play
}

#[tokio::test]
async fn takes_every_algorithm_of_the_list_and_asks_nobody_about_a_token() {
    let signers = ["ES256", "EdDSA", "RS256", "PS256"].map(|alg| Signer::new(alg, alg));
    let play = alone(jwts(), &signers.each_ref());
    for signer in &signers {
        let answer = play.get("/accounts", &signer.access_token(&claims(play.clock.now_s()))).await;
        assert_eq!(answer.body["accounts"][0]["owner"], "alice", "{}", signer.kid);
    }
    assert_eq!((play.fetched(), play.asked()), (1, 0));
}

#[tokio::test]
async fn takes_both_spellings_of_the_type_and_several_audiences() {
    let signer = Signer::new("1", "ES256");
    let play = alone(jwts(), &[&signer]);
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let mut header = signer.header();
        header["typ"] = json!(typ);
        assert_eq!(play.status(&signer.sign(&header, &claims(play.clock.now_s()))).await, 200, "{typ}");
    }
    let mut several = claims(play.clock.now_s());
    several["aud"] = json!(["other", "accounts-api"]);
    assert_eq!(play.status(&signer.access_token(&several)).await, 200);
}

#[tokio::test]
async fn a_token_that_names_no_key_is_tried_with_those_that_there_are() {
    let (first, second) = (Signer::new("1", "ES256"), Signer::new("2", "ES256"));
    let play = alone(jwts(), &[&first, &second]);
    let mut header = second.header();
    header.as_object_mut().unwrap().remove("kid");
    assert_eq!(play.status(&second.sign(&header, &claims(play.clock.now_s()))).await, 200);
    header["kid"] = json!("1");
    assert_eq!(play.status(&second.sign(&header, &claims(play.clock.now_s()))).await, 401);
}

#[tokio::test]
async fn each_format_takes_what_it_is_for() {
    let signer = Signer::new("1", "ES256");
    for (format, of_reference, of_jwt) in
        [(Format::Opaque, 200, 401), (Format::Jwt, 401, 200), (Format::Either, 200, 200)]
    {
        let play = play(Settings { format, ..Settings::default() });
        play.provider.publish(&[&signer]);
        let jwt = signer.access_token(&claims(play.clock.now_s()));
        assert_eq!((play.status("good").await, play.status(&jwt).await), (of_reference, of_jwt), "{format:?}");
    }
}

#[tokio::test]
async fn where_both_are_taken_a_refused_jwt_is_not_asked_about() {
    let (signer, other) = (Signer::new("1", "ES256"), Signer::new("1", "ES256"));
    let play = play(Settings { format: Format::Either, ..Settings::default() });
    play.provider.publish(&[&signer]);
    assert_eq!(play.status(&other.access_token(&claims(play.clock.now_s()))).await, 401);
    assert_eq!(play.asked(), 0);
}

#[tokio::test]
async fn a_revoked_jwt_works_until_it_expires() {
    let signer = Signer::new("1", "ES256");
    let play = alone(jwts(), &[&signer]);
    let jwt = signer.access_token(&claims(play.clock.now_s()));
    play.provider.revoke(&jwt);
    play.clock.advance(Duration::from_secs(299 + LEEWAY_S));
    assert_eq!(play.status(&jwt).await, 200);
    play.clock.advance(Duration::from_secs(1));
    assert_eq!(play.status(&jwt).await, 401);
}

#[tokio::test]
async fn a_new_key_is_found_and_a_withdrawn_one_forgotten() {
    let (old, new) = (Signer::new("old", "ES256"), Signer::new("new", "ES256"));
    let play = alone(jwts(), &[&old]);
    let mut long = claims(play.clock.now_s());
    long["exp"] = json!(play.clock.now_s() + 3_600);
    assert_eq!(play.status(&old.access_token(&long)).await, 200);
    play.provider.publish(&[&old, &new]);
    play.clock.advance(Duration::from_secs(10));
    assert_eq!((play.status(&new.access_token(&long)).await, play.fetched()), (200, 2));
    play.provider.publish(&[&new]);
    play.clock.advance(Duration::from_secs(299));
    assert_eq!((play.status(&old.access_token(&long)).await, play.fetched()), (200, 2), "it is kept for a while");
    play.clock.advance(Duration::from_secs(1));
    assert_eq!((play.status(&old.access_token(&long)).await, play.fetched()), (401, 3));
    assert_eq!(play.status(&new.access_token(&long)).await, 200);
}

/// Sends tokens with as many invented key identifiers, and returns how often the keys were fetched for them.
async fn flood(play: &Play, signer: &Signer, tokens: usize) -> usize {
    let before = play.fetched();
    let forged = |n: usize| {
        let mut header = signer.header();
        header["kid"] = json!(format!("invented {n}"));
        signer.sign(&header, &claims(play.clock.now_s()))
    };
    let forged: Vec<String> = (0..tokens).map(forged).collect();
    let statuses = join_all(forged.iter().map(|token| play.status(token))).await;
    assert_eq!(statuses, vec![401; tokens]);
    play.fetched() - before
}

#[tokio::test]
async fn a_flood_of_invented_keys_makes_one_fetch_in_ten_seconds() {
    let (signer, stranger) = (Signer::new("1", "ES256"), Signer::new("2", "ES256"));
    let play = alone(jwts(), &[&signer]);
    assert_eq!(flood(&play, &stranger, 50).await, 1);
    play.clock.advance(Duration::from_secs(9));
    assert_eq!(flood(&play, &stranger, 50).await, 0);
    assert_eq!(play.status(&signer.access_token(&claims(play.clock.now_s()))).await, 200, "others are not disturbed");
    play.clock.advance(Duration::from_secs(1));
    assert_eq!(flood(&play, &stranger, 50).await, 1);
}

#[tokio::test]
async fn without_the_throttle_a_flood_reaches_the_issuer() {
    let (signer, stranger) = (Signer::new("1", "ES256"), Signer::new("2", "ES256"));
    let play = alone(Settings { jwks_throttle: Switch::Off, ..jwts() }, &[&signer]);
    assert_eq!(flood(&play, &stranger, 50).await, 50);
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_end_the_fetch_for_the_others() {
    let signer = Signer::new("1", "ES256");
    let play = alone(jwts(), &[&signer]);
    let jwt = signer.access_token(&claims(play.clock.now_s()));
    let mut hung_up = Box::pin(play.status(&jwt));
    // Polled once, which asks for the keys, and then dropped.
    assert!(futures_util::poll!(&mut hung_up).is_pending());
    drop(hung_up);
    assert_eq!((play.status(&jwt).await, play.fetched()), (200, 1));
}

#[tokio::test]
async fn fails_closed_when_there_are_no_keys_to_verify_with() {
    let signer = Signer::new("1", "ES256");
    let play = alone(jwts(), &[&signer]);
    let mut long = claims(play.clock.now_s());
    long["exp"] = json!(play.clock.now_s() + 3_600);
    let jwt = signer.access_token(&long);
    assert_eq!(play.status(&jwt).await, 200);
    play.running.kill();
    assert_eq!(play.status(&jwt).await, 200, "an outage is not noticed while the keys are kept");
    play.clock.advance(Duration::from_secs(300));
    let answer = play.get("/accounts", &jwt).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
}
