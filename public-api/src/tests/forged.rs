//! Tokens that nobody issued, each wrong for one reason, and the switches without which they pass.

mod corpus;

use super::jwt::jwts;
use super::play::{Play, play};
use crate::{KeySource, Settings, Switch};
use corpus::{ALL, Forge, Forgery};

fn started(settings: Settings) -> (Play, Forge) {
    let play = play(settings);
    let forge = Forge::new(play.clock.now_s());
    play.provider.publish(&[&forge.issuer]);
    (play, forge)
}

#[tokio::test]
async fn no_forgery_is_taken_and_none_is_asked_about() {
    let (play, forge) = started(jwts());
    assert_eq!(play.status(&forge.issued(|_, _| {})).await, 200, "what nobody has changed must be taken");
    for Forgery { name, why, make } in ALL {
        let answer = play.get("/accounts", &make(&forge)).await;
        let status = if name.contains("scope") && *name != "listed-scope" { 403 } else { 401 };
        assert_eq!(answer.status, status, "{name} ({why})");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("error=") && !challenge.contains("evil1"), "{name}: {challenge}");
    }
    assert_eq!(play.asked(), 0);
}

#[test]
fn every_forgery_has_a_name_of_its_own() {
    let mut names: Vec<_> = ALL.iter().map(|forgery| forgery.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len());
}

#[tokio::test]
async fn without_its_check_a_forgery_passes() {
    let off = Switch::Off;
    for (names, settings) in [
        (vec!["id-token", "logout-token", "proof", "typ-null", "typ-longer"], Settings { typ: off, ..jwts() }),
        (vec!["crit", "crit-empty", "crit-null"], Settings { crit: off, ..jwts() }),
        (vec!["none", "none-capitalised", "none-upper-case", "none-mixed-case"], Settings { alg: off, ..jwts() }),
        (vec!["brought-key"], Settings { key_source: KeySource::Header, ..jwts() }),
        (
            vec!["expired", "no-end", "not-yet", "from-the-future", "no-time-of-issue"],
            Settings { times: off, ..jwts() },
        ),
        (vec!["other-issuer", "longer-issuer", "shorter-issuer", "no-issuer"], Settings { iss: off, ..jwts() }),
        (
            vec!["other-audience", "longer-audience", "no-audience", "audience-of-nobody"],
            Settings { aud: off, ..jwts() },
        ),
        (vec!["no-client", "empty-client"], Settings { client_id: off, ..jwts() }),
        (vec!["no-scope", "longer-scope", "other-case-scope"], Settings { scope: off, ..jwts() }),
        (vec!["bound-to-a-certificate"], Settings { mtls: off, ..jwts() }),
    ] {
        let (play, forge) = started(settings);
        for name in names {
            let forgery = ALL.iter().find(|forgery| forgery.name == name).unwrap();
            assert_eq!(play.status(&(forgery.make)(&forge)).await, 200, "{name}");
        }
    }
}

#[tokio::test]
async fn without_the_check_of_the_subject_a_client_is_taken_for_a_user() {
    let (play, forge) = started(Settings { sub: Switch::Off, ..jwts() });
    for name in ["client-for-user", "client-as-user"] {
        let forgery = ALL.iter().find(|forgery| forgery.name == name).unwrap();
        let answer = play.get("/accounts", &(forgery.make)(&forge)).await;
        assert_eq!(answer.body["accounts"][0]["owner"], "alice", "{name}");
    }
}

#[tokio::test]
async fn a_key_that_a_token_brings_along_is_no_secret_of_the_issuer_even_where_it_is_taken() {
    let (play, forge) = started(Settings { key_source: KeySource::Header, ..jwts() });
    for name in ["wrong-key", "unknown-kid", "none", "hmac-with-jwk"] {
        let forgery = ALL.iter().find(|forgery| forgery.name == name).unwrap();
        assert_eq!(play.status(&(forgery.make)(&forge)).await, 401, "{name}");
    }
}
