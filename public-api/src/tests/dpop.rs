//! Tokens that are bound to a key, and the proofs that go with them (RFC 9449 §7).

use std::time::Duration;

use http::Request;
use serde_json::{Value, json};

use super::jwt::claims;
use super::play::{API, Answer, Play, play};
use super::signer::{Signer, proof_claims};
use crate::{DPOP_AGE_S, Dpop, Format, Settings, Switch};

const ACCOUNTS: &str = "https://api.app1.test/accounts";

fn with(dpop: Dpop) -> Settings {
    Settings { dpop, ..Settings::default() }
}

/// Without nonces, where they are not what is looked at.
fn plain() -> Settings {
    Settings { dpop_nonce: Switch::Off, ..with(Dpop::Accept) }
}

async fn call(play: &Play, token: &str, proofs: &[&str]) -> Answer {
    let request = Request::get("/accounts").header("authorization", format!("DPoP {token}"));
    play.send(proofs.iter().fold(request, |request, proof| request.header("dpop", *proof)), "").await
}

fn bound(signer: &Signer) -> String {
    format!("dpop-{}", signer.thumbprint())
}

#[tokio::test]
async fn a_proof_with_the_nonce_of_this_api_lets_the_token_through() {
    for alg in ["ES256", "EdDSA", "PS256"] {
        let (play, signer) = (play(with(Dpop::Accept)), Signer::new("client", alg));
        let (token, now) = (bound(&signer), play.clock.now_s());
        let first = call(&play, &token, &[&signer.proof("GET", ACCOUNTS, &token, None, now)]).await;
        assert_eq!(first.status, 401);
        let challenges = first.challenges();
        assert_eq!(challenges[0], format!(r#"Bearer realm="{API}""#), "the scheme that was not used says nothing");
        assert!(challenges[1].starts_with(&format!(r#"DPoP realm="{API}", algs="ES256 PS256 EdDSA RS256""#)));
        assert!(challenges[1].contains(r#"error="use_dpop_nonce""#), "{challenges:?}");
        let nonce = first.header("dpop-nonce");
        let second = call(&play, &token, &[&signer.proof("GET", ACCOUNTS, &token, Some(nonce), now)]).await;
        assert_eq!(second.status, 200, "{alg}: {}", second.text);
        assert!(!second.header("dpop-nonce").is_empty(), "the next nonce comes along");
    }
}

#[tokio::test]
async fn an_old_nonce_is_refused_and_a_new_one_given() {
    let (play, signer) = (play(with(Dpop::Accept)), Signer::new("client", "ES256"));
    let token = bound(&signer);
    let nonce = call(&play, &token, &[&signer.proof("GET", ACCOUNTS, &token, None, 0)]).await;
    let nonce = nonce.header("dpop-nonce").to_owned();
    play.clock.advance(Duration::from_secs(120));
    let now = play.clock.now_s();
    let late = call(&play, &token, &[&signer.proof("GET", ACCOUNTS, &token, Some(&nonce), now)]).await;
    assert!(late.status == 401 && late.challenges()[1].contains("use_dpop_nonce"));
    let fresh = late.header("dpop-nonce");
    assert_ne!(fresh, nonce);
    let proof = signer.proof("GET", ACCOUNTS, &token, Some(fresh), now);
    assert_eq!(call(&play, &token, &[&proof]).await.status, 200);
}

#[tokio::test]
async fn without_nonces_a_proof_that_was_made_in_advance_works_in_its_time() {
    for (settings, status) in [(plain(), 200), (with(Dpop::Accept), 401)] {
        let (play, signer) = (play(settings), Signer::new("client", "ES256"));
        let token = bound(&signer);
        let in_an_hour = play.clock.now_s() + 3_600;
        let in_advance = signer.proof("GET", ACCOUNTS, &token, None, in_an_hour);
        play.clock.advance(Duration::from_secs(3_600));
        assert_eq!(call(&play, &token, &[&in_advance]).await.status, status);
    }
}

#[tokio::test]
async fn a_nonce_that_is_taken_for_longer_lets_proofs_be_made_further_in_advance() {
    for (dpop_nonce_life_s, status) in [(120, 401), (7_200, 200)] {
        let settings = Settings { dpop_nonce_life_s, ..with(Dpop::Accept) };
        let (play, signer) = (play(settings), Signer::new("client", "ES256"));
        let token = bound(&signer);
        let now = play.clock.now_s();
        let first = call(&play, &token, &[&signer.proof("GET", ACCOUNTS, &token, None, now)]).await;
        let nonce = first.header("dpop-nonce");
        let in_advance = signer.proof("GET", ACCOUNTS, &token, Some(nonce), now + 3_600);
        play.clock.advance(Duration::from_secs(3_600));
        assert_eq!(call(&play, &token, &[&in_advance]).await.status, status, "{dpop_nonce_life_s}");
    }
}

/// What is wrong with a proof, and how to make it so.
type Change = fn(&mut Value, &mut Value, u64);

const WRONG: &[(&str, Change)] = &[
    ("typ is JWT", |header, _, _| header["typ"] = json!("JWT")),
    ("typ is missing", |header, _, _| drop(header.as_object_mut().unwrap().remove("typ"))),
    ("alg is none", |header, _, _| header["alg"] = json!("none")),
    ("alg is symmetric", |header, _, _| header["alg"] = json!("HS256")),
    ("alg is another", |header, _, _| header["alg"] = json!("RS256")),
    ("crit", |header, _, _| header["crit"] = json!(["x"])),
    ("jwk is missing", |header, _, _| drop(header.as_object_mut().unwrap().remove("jwk"))),
    ("jwk is private", |header, _, _| header["jwk"]["d"] = json!("AQAB")),
    ("jwk is symmetric", |header, _, _| header["jwk"] = json!({"kty": "oct", "k": "AQAB"})),
    ("jwk is another's", |header, _, _| header["jwk"] = Signer::new("x", "ES256").jwk()),
    ("jti is missing", |_, claims, _| drop(claims.as_object_mut().unwrap().remove("jti"))),
    ("jti is empty", |_, claims, _| claims["jti"] = json!("")),
    ("jti is a number", |_, claims, _| claims["jti"] = json!(1)),
    ("jti is long", |_, claims, _| claims["jti"] = json!("x".repeat(257))),
    ("htm is another", |_, claims, _| claims["htm"] = json!("POST")),
    ("htm is in small letters", |_, claims, _| claims["htm"] = json!("get")),
    ("htu is another path", |_, claims, _| claims["htu"] = json!("https://api.app1.test/admin")),
    ("htu is another host", |_, claims, _| claims["htu"] = json!("https://api.app1.test.evil1.test/accounts")),
    ("htu is another scheme", |_, claims, _| claims["htu"] = json!("http://api.app1.test/accounts")),
    ("htu is another port", |_, claims, _| claims["htu"] = json!("https://api.app1.test:8443/accounts")),
    ("htu has a user", |_, claims, _| claims["htu"] = json!("https://a@api.app1.test/accounts")),
    ("htu is a path", |_, claims, _| claims["htu"] = json!("/accounts")),
    ("htu is missing", |_, claims, _| drop(claims.as_object_mut().unwrap().remove("htu"))),
    ("iat is old", |_, claims, now| claims["iat"] = json!(now - DPOP_AGE_S - 1)),
    ("iat is to come", |_, claims, now| claims["iat"] = json!(now + DPOP_AGE_S + 1)),
    ("iat is a text", |_, claims, now| claims["iat"] = json!(now.to_string())),
    ("iat is beyond time", |_, claims, _| claims["iat"] = json!(1e300)),
    ("ath is missing", |_, claims, _| drop(claims.as_object_mut().unwrap().remove("ath"))),
    ("ath is another's", |_, claims, _| claims["ath"] = json!(hosting::base64url(&hosting::sha256(b"other")))),
];

#[tokio::test]
async fn a_proof_with_one_thing_wrong_is_refused() {
    let (play, signer) = (play(plain()), Signer::new("client", "ES256"));
    let (token, now) = (bound(&signer), play.clock.now_s());
    for (what, change) in WRONG {
        let (mut header, mut claims) = (signer.proof_header(), proof_claims("GET", ACCOUNTS, &token, None, now));
        change(&mut header, &mut claims, now);
        let answer = call(&play, &token, &[&signer.sign(&header, &claims)]).await;
        assert_eq!(answer.status, 401, "{what}");
        assert!(answer.challenges()[1].contains(r#"error="invalid_dpop_proof""#), "{what}: {:?}", answer.challenges());
    }
    assert_eq!(play.asked(), 0, "a wrong proof is seen before the issuer is asked");
}

#[tokio::test]
async fn an_address_is_compared_after_normalisation() {
    let (play, signer) = (play(plain()), Signer::new("client", "ES256"));
    let (token, now) = (bound(&signer), play.clock.now_s());
    for htu in [
        "https://api.app1.test:443/accounts",
        "HTTPS://API.app1.TEST/accounts",
        "https://api.app1.test/x/../accounts",
        "https://api.app1.test/accounts?a=b#c",
    ] {
        assert_eq!(call(&play, &token, &[&signer.proof("GET", htu, &token, None, now)]).await.status, 200, "{htu}");
    }
}

#[tokio::test]
async fn there_is_one_proof_and_it_is_a_text() {
    let (play, signer) = (play(plain()), Signer::new("client", "ES256"));
    let (token, now) = (bound(&signer), play.clock.now_s());
    let proof = || signer.proof("GET", ACCOUNTS, &token, None, now);
    for proofs in [vec![], vec![proof(), proof()], vec![String::new()], vec!["a.b.c".to_owned()]] {
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        let answer = call(&play, &token, &proofs).await;
        let is_told = answer.challenges()[1].contains("invalid_dpop_proof");
        assert!(answer.status == 401 && is_told, "{proofs:?}: {:?}", answer.challenges());
    }
}

#[tokio::test]
async fn a_proof_works_once() {
    for (dpop_replay, again) in [(Switch::On, 401), (Switch::Off, 200)] {
        let (play, signer) = (play(Settings { dpop_replay, ..plain() }), Signer::new("client", "ES256"));
        let (token, now) = (bound(&signer), play.clock.now_s());
        let proof = signer.proof("GET", ACCOUNTS, &token, None, now);
        assert_eq!(call(&play, &token, &[&proof]).await.status, 200);
        assert_eq!(call(&play, &token, &[&proof]).await.status, again, "{dpop_replay:?}");
        play.clock.advance(Duration::from_secs(DPOP_AGE_S));
        assert_eq!(call(&play, &token, &[&proof]).await.status, again, "to the last second");
        play.clock.advance(Duration::from_secs(1));
        assert_eq!(call(&play, &token, &[&proof]).await.status, 401, "its time is over");
    }
}

#[tokio::test]
async fn a_bound_token_is_never_taken_alone() {
    let signer = Signer::new("client", "ES256");
    for dpop in [Dpop::Off, Dpop::Accept, Dpop::Require] {
        let play = play(with(dpop));
        let answer = play.get("/accounts", &bound(&signer)).await;
        assert_eq!(answer.status, 401, "{dpop:?}");
        assert!(answer.challenges().iter().any(|challenge| challenge.contains(r#"error="invalid_token""#)), "{dpop:?}");
    }
}

#[tokio::test]
async fn a_proof_binds_only_the_token_that_is_bound_to_its_key() {
    let (play, own, other) = (play(plain()), Signer::new("1", "ES256"), Signer::new("2", "ES256"));
    let now = play.clock.now_s();
    for (token, signer, status) in [
        (bound(&own), &own, 200),
        (bound(&own), &other, 401),
        ("good".to_owned(), &own, 401),
        ("none".to_owned(), &own, 401),
    ] {
        let answer = call(&play, &token, &[&signer.proof("GET", ACCOUNTS, &token, None, now)]).await;
        assert_eq!(answer.status, status, "{token}");
        assert_eq!(answer.challenges().iter().any(|one| one.contains("invalid_token")), status == 401, "{token}");
    }
}

#[tokio::test]
async fn what_is_taken_depends_on_the_setting() {
    let signer = Signer::new("client", "ES256");
    for (dpop, of_bearer, of_proof, schemes) in [
        (Dpop::Off, 200, 401, vec!["Bearer"]),
        (Dpop::Accept, 200, 200, vec!["Bearer", "DPoP"]),
        (Dpop::Require, 401, 200, vec!["DPoP"]),
    ] {
        let play = play(Settings { dpop_nonce: Switch::Off, ..with(dpop) });
        let (token, now) = (bound(&signer), play.clock.now_s());
        assert_eq!(play.status("good").await, of_bearer, "{dpop:?}");
        let proof = signer.proof("GET", ACCOUNTS, &token, None, now);
        assert_eq!(call(&play, &token, &[&proof]).await.status, of_proof, "{dpop:?}");
        let challenged = play.send(Request::get("/accounts"), "").await;
        let offered: Vec<&str> = challenged.challenges().iter().filter_map(|one| one.split(' ').next()).collect();
        assert_eq!(offered, schemes, "{dpop:?}");
        assert!(challenged.challenges().iter().all(|challenge| !challenge.contains("error")), "{dpop:?}");
    }
}

#[tokio::test]
async fn a_jwt_can_be_bound_too() {
    let (issuer, client) = (Signer::new("1", "ES256"), Signer::new("client", "ES256"));
    let play = play(Settings { format: Format::Jwt, ..plain() });
    play.provider.publish(&[&issuer]);
    let now = play.clock.now_s();
    let mut bound = claims(now);
    bound["cnf"] = json!({"jkt": client.thumbprint()});
    let token = issuer.access_token(&bound);
    assert_eq!(play.status(&token).await, 401);
    let proof = client.proof("GET", ACCOUNTS, &token, None, now);
    assert_eq!(call(&play, &token, &[&proof]).await.status, 200);
}
