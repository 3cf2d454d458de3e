//! Sessions as requests see them, wherever they live.

use std::time::Duration;

use super::*;
use crate::session::sample;
use crate::settings::Hardening;
use crate::tests::agent::{config, handed};

/// Sessions in one of their places, and the clock by which they live.
struct Stage {
    sessions: Sessions,
    handed: Handed,
    settings: Settings,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn new(store: SessionStore) -> Self {
        Self::with(|settings| settings.session.store = store)
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (folder, mut config, handed) = (tempfile::tempdir().unwrap(), config(), handed());
        config.storage.file = Some(folder.path().join("sessions"));
        let mut settings = Settings::default();
        change(&mut settings);
        let sessions = Sessions::new(&config, &settings, &handed).unwrap();
        Self { sessions, handed, settings, _folder: folder }
    }

    async fn begin(&self, sub: &str, sid: Option<&str>) -> HeaderMap {
        self.begin_from(&HeaderMap::new(), sub, sid).await
    }

    async fn begin_from(&self, headers: &HeaderMap, sub: &str, sid: Option<&str>) -> HeaderMap {
        let session = sample(sub, sid, self.handed.clock.now_s());
        cookie_of(&self.sessions.begin(headers, session).await.unwrap())
    }

    async fn lives(&self, headers: &HeaderMap) -> bool {
        match self.sessions.peek(headers).await {
            Ok(_) => true,
            Err(problem) => {
                assert_eq!(problem.status, StatusCode::UNAUTHORIZED);
                false
            }
        }
    }

    fn advance(&self, seconds: u64) {
        self.handed.clock.advance(Duration::from_secs(seconds));
    }
}

fn cookie_of(set_cookie: &HeaderValue) -> HeaderMap {
    cookies(set_cookie.to_str().unwrap().split(';').next().unwrap())
}

fn cookies(line: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::from_str(line).unwrap());
    headers
}

const EVERYWHERE: [SessionStore; 3] = [SessionStore::Memory, SessionStore::Embedded, SessionStore::SealedCookie];
const ON_SERVER: [SessionStore; 2] = [SessionStore::Memory, SessionStore::Embedded];

#[tokio::test]
async fn a_session_left_alone_ends_at_its_idle_second() {
    for store in EVERYWHERE {
        let stage = Stage::new(store);
        let cookie = stage.begin("alice", None).await;
        stage.advance(stage.settings.session.idle_s - 1);
        assert!(stage.lives(&cookie).await, "{store:?}");
        stage.advance(1);
        assert!(!stage.lives(&cookie).await, "{store:?}");
    }
}

#[tokio::test]
async fn use_slides_the_idle_life_but_not_the_absolute_one() {
    for store in EVERYWHERE {
        let stage = Stage::new(store);
        let mut cookie = stage.begin("alice", None).await;
        for _ in 0..16 {
            stage.advance(1_799);
            let found = stage.sessions.find(&cookie).await.unwrap();
            assert_eq!(found.used_s, stage.handed.clock.now_s());
            cookie = found.set_cookie.map_or(cookie, |set_cookie| cookie_of(&set_cookie));
        }
        stage.advance(28_800 - 16 * 1_799 - 1);
        assert!(stage.lives(&cookie).await, "{store:?}");
        stage.advance(1);
        assert!(!stage.lives(&cookie).await, "{store:?}: eight hours are the end, however busy they were");
    }
}

#[tokio::test]
async fn a_look_in_the_background_is_no_use() {
    for store in EVERYWHERE {
        let stage = Stage::new(store);
        let cookie = stage.begin("alice", None).await;
        stage.advance(1_799);
        assert!(stage.sessions.peek(&cookie).await.unwrap().set_cookie.is_none());
        stage.advance(1);
        assert!(!stage.lives(&cookie).await, "{store:?}");
    }
}

#[tokio::test]
async fn the_key_of_a_session_stays_the_same() {
    for store in EVERYWHERE {
        let stage = Stage::new(store);
        let cookie = stage.begin("alice", Some("x")).await;
        let first = stage.sessions.find(&cookie).await.unwrap();
        stage.advance(60);
        let second = stage.sessions.find(&cookie).await.unwrap();
        let cookie = second.set_cookie.map_or(cookie, |set_cookie| cookie_of(&set_cookie));
        assert_eq!((&first.key, stage.sessions.peek(&cookie).await.unwrap().key), (&second.key, second.key.clone()));
    }
}

#[tokio::test]
async fn a_session_ends_by_its_key_by_the_providers_sid_and_by_the_user() {
    for store in ON_SERVER {
        for (sid, sub, ended) in [("x", "", 1), ("", "alice", 1), ("y", "bob", 0)] {
            let stage = Stage::new(store);
            let cookie = stage.begin("alice", Some("x")).await;
            let key = stage.sessions.peek(&cookie).await.unwrap().key;
            let counted = stage.sessions.end_by_sid(sid).await.unwrap() + stage.sessions.end_by_sub(sub).await.unwrap();
            assert_eq!(counted, ended);
            assert_eq!(stage.lives(&cookie).await, ended == 0);
            assert_eq!(stage.sessions.is_alive(&key).await.unwrap(), ended == 0);
            stage.sessions.end(&key).await.unwrap();
            assert!(!stage.lives(&cookie).await);
        }
    }
}

#[tokio::test]
async fn a_sealed_session_outlives_its_end_unless_that_is_remembered() {
    for list in [Hardening::Off, Hardening::On] {
        for end in ["key", "sid", "sub"] {
            let stage = Stage::with(|settings| {
                settings.session.store = SessionStore::SealedCookie;
                settings.session.revocation_list = list;
            });
            let copy = stage.begin("alice", Some("x")).await;
            stage.advance(1);
            let found = stage.sessions.find(&copy).await.unwrap();
            let slid = cookie_of(&found.set_cookie.unwrap());
            let ended = match end {
                "key" => stage.sessions.end(&found.key).await.map(|_| 0),
                "sid" => stage.sessions.end_by_sid("x").await,
                _ => stage.sessions.end_by_sub("alice").await,
            };
            assert_eq!(ended.unwrap(), 0, "nobody knows how many they are");
            let refused = list == Hardening::On;
            assert_eq!((stage.lives(&copy).await, stage.lives(&slid).await), (!refused, !refused), "{list:?} {end}");
            assert_eq!(stage.sessions.is_alive(&found.key).await.unwrap(), !refused);
            let tokens = found.session.tokens.clone();
            assert_eq!(stage.sessions.renew(&found.key, &found.session, tokens).await.is_err(), refused);
            stage.advance(1);
            let later = stage.begin("alice", Some("y")).await;
            assert!(stage.lives(&later).await, "whoever signs in later is meant to");
        }
    }
}

#[tokio::test]
async fn parallel_requests_with_the_old_sealed_cookie_get_the_new_tokens() {
    let stage = Stage::new(SessionStore::SealedCookie);
    let cookie = stage.begin("alice", None).await;
    let found = stage.sessions.find(&cookie).await.unwrap();
    let mut tokens = found.session.tokens.clone();
    (tokens.access_token, tokens.access_expires_s) = ("next".to_owned(), tokens.access_expires_s + 300);
    stage.sessions.renew(&found.key, &found.session, tokens).await.unwrap();
    assert_eq!(stage.sessions.current(&found).await.unwrap().unwrap().tokens.access_token, "next");
    let again = stage.sessions.find(&cookie).await.unwrap();
    assert_eq!(again.session.tokens.access_token, "next");
    assert!(again.set_cookie.is_some(), "the browser is given them too");
}

#[tokio::test]
async fn a_planted_id_is_taken_only_by_the_weak_variant() {
    let planted = cookies("__Host-Http-session=planted");
    let stage = Stage::new(SessionStore::Memory);
    assert_ne!(stage.begin_from(&planted, "alice", None).await, planted);
    assert!(!stage.lives(&planted).await);
    let weak = Stage::with(|settings| settings.session.rekey = Switch::Off);
    assert_eq!(weak.begin_from(&planted, "alice", None).await, planted);
}

#[tokio::test]
async fn a_second_sign_in_ends_the_session_that_the_browser_had() {
    for store in ON_SERVER {
        let stage = Stage::new(store);
        let first = stage.begin("alice", None).await;
        let second = stage.begin_from(&first, "bob", None).await;
        assert_eq!((stage.lives(&first).await, stage.lives(&second).await), (false, true));
    }
}

#[tokio::test]
async fn a_session_that_was_ended_meanwhile_is_not_renewed() {
    for store in ON_SERVER {
        let stage = Stage::new(store);
        let cookie = stage.begin("alice", None).await;
        let found = stage.sessions.find(&cookie).await.unwrap();
        stage.sessions.end(&found.key).await.unwrap();
        let renewed = stage.sessions.renew(&found.key, &found.session, found.session.tokens.clone()).await;
        assert_eq!(renewed.err().unwrap().status, StatusCode::UNAUTHORIZED);
        assert!(!stage.lives(&cookie).await && stage.sessions.current(&found).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_user_lists_and_ends_own_sessions_only() {
    for store in ON_SERVER {
        let stage = Stage::new(store);
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_str(&"b".repeat(300)).unwrap());
        let old = stage.begin_from(&headers, "alice", None).await;
        stage.advance(5);
        let new = stage.begin("alice", None).await;
        let other = stage.begin("bob", None).await;
        let listed = stage.sessions.of_user("alice").await.unwrap();
        let ids: Vec<&str> = listed.iter().map(|listed| listed.id.as_str()).collect();
        let mine = |found: &Found| Sessions::listed_id(found);
        let (last, first) = (stage.sessions.peek(&new).await.unwrap(), stage.sessions.peek(&old).await.unwrap());
        assert_eq!(ids, [mine(&last), mine(&first)]);
        assert_eq!(listed[1].user_agent.as_deref(), Some("b".repeat(200).as_str()));
        let bobs = mine(&stage.sessions.peek(&other).await.unwrap());
        assert!(stage.sessions.end_listed("alice", &bobs).await.unwrap().is_none() && stage.lives(&other).await);
        assert!(stage.sessions.end_listed("alice", ids[1]).await.unwrap().is_some());
        assert_eq!((stage.lives(&old).await, stage.lives(&new).await), (false, true));
        assert!(stage.sessions.end_listed("alice", ids[1]).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_session_ends_by_sid_and_sub_only_where_both_are_its_own() {
    for store in ON_SERVER {
        let stage = Stage::new(store);
        let cookie = stage.begin("alice", Some("x")).await;
        for (sid, sub) in [("x", "bob"), ("y", "alice")] {
            assert_eq!(stage.sessions.end_by_sid_and_sub(sid, sub).await.unwrap(), 0);
        }
        assert!(stage.lives(&cookie).await);
        assert_eq!(stage.sessions.end_by_sid_and_sub("x", "alice").await.unwrap(), 1);
        assert!(!stage.lives(&cookie).await);
    }
}

#[tokio::test]
async fn whoever_waits_is_told_of_every_end() {
    let stage = Stage::new(SessionStore::Memory);
    stage.begin("alice", Some("x")).await;
    let mut told = std::pin::pin!(stage.sessions.ended().notified());
    told.as_mut().enable();
    stage.sessions.end_by_sid("x").await.unwrap();
    tokio::time::timeout(Duration::from_secs(1), told).await.expect("it was told");
}

#[tokio::test]
async fn the_refresh_token_takes_the_session_with_it_unless_that_is_switched_off() {
    for (rt_align, lives) in [(Switch::On, false), (Switch::Off, true)] {
        let stage = Stage::with(|settings| settings.session.rt_align = rt_align);
        let now = stage.handed.clock.now_s();
        let mut session = sample("alice", None, now);
        session.tokens.refresh_expires_s = Some(now + 600);
        let cookie = cookie_of(&stage.sessions.begin(&HeaderMap::new(), session).await.unwrap());
        stage.advance(599);
        assert!(stage.lives(&cookie).await);
        stage.advance(1);
        assert_eq!(stage.lives(&cookie).await, lives, "{rt_align:?}");
    }
}
