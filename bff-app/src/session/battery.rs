//! What every store on the server must do, whichever it is.

use std::sync::Arc;

use super::lives::Lives;
use super::store::{Slide, Store, group_of_sid, group_of_sub};
use super::{Session, Tokens, sample};
use crate::settings;
use crate::storage::{Key, key};

/// When every test begins, in seconds since 1970.
const BEGAN_S: u64 = 1_000_000;

/// Lets a store do all of it; `make` makes one that is empty.
pub(super) async fn all(make: impl Fn(Lives) -> Box<dyn Store>) {
    let lives = Lives::new(&settings::Session { idle_s: 10, absolute_s: 100, ..settings::Session::default() });
    let fresh = || make(lives);
    keeps_what_it_was_given(&*fresh()).await;
    ends_what_is_not_used(&*fresh()).await;
    use_slides_the_idle_life_and_not_the_absolute_one(&*fresh()).await;
    looking_is_not_use(&*fresh()).await;
    ends_one_or_a_group(&*fresh()).await;
    lists_who_is_alive(&*fresh()).await;
    what_was_ended_is_not_revived(&*fresh()).await;
    a_key_that_is_used_again_leaves_the_old_session_nowhere(&*fresh()).await;
    nobody_revives_what_is_ended_meanwhile(&*fresh()).await;
}

fn id(name: &str) -> Key {
    key("session", &format!("{name} {}", hosting::random_token()))
}

async fn begin(store: &dyn Store, sub: &str, sid: Option<&str>) -> Key {
    let key = id(sub);
    store.insert(key, Arc::new(sample(sub, sid, BEGAN_S)), BEGAN_S).await.unwrap();
    key
}

async fn is_alive(store: &dyn Store, key: Key, now: u64) -> bool {
    store.find(key, now, Slide::No).await.unwrap().is_some()
}

async fn keeps_what_it_was_given(store: &dyn Store) {
    let session = Session { user_agent: Some("Zoë's browser".to_owned()), ..sample("alice", Some("x"), BEGAN_S) };
    let key = id("a");
    store.insert(key, Arc::new(session.clone()), BEGAN_S).await.unwrap();
    let kept = store.find(key, BEGAN_S, Slide::Yes).await.unwrap().unwrap();
    assert_eq!((&*kept.session, kept.used_s), (&session, BEGAN_S));
    assert!(!is_alive(store, id("b"), BEGAN_S).await, "nobody knows another key");
}

async fn ends_what_is_not_used(store: &dyn Store) {
    let key = begin(store, "alice", None).await;
    assert!(is_alive(store, key, BEGAN_S + 9).await);
    assert!(!is_alive(store, key, BEGAN_S + 10).await);
    assert!(store.find(key, BEGAN_S + 10, Slide::Yes).await.unwrap().is_none());
}

async fn use_slides_the_idle_life_and_not_the_absolute_one(store: &dyn Store) {
    let key = begin(store, "alice", None).await;
    for n in 1..=11 {
        let kept = store.find(key, BEGAN_S + 9 * n, Slide::Yes).await.unwrap().unwrap();
        assert_eq!(kept.used_s, BEGAN_S + 9 * n);
    }
    assert!(is_alive(store, key, BEGAN_S + 99).await);
    assert!(!is_alive(store, key, BEGAN_S + 100).await, "however busy it was");
}

async fn looking_is_not_use(store: &dyn Store) {
    let key = begin(store, "alice", None).await;
    let kept = store.find(key, BEGAN_S + 9, Slide::No).await.unwrap().unwrap();
    assert_eq!(kept.used_s, BEGAN_S);
    assert!(!is_alive(store, key, BEGAN_S + 10).await);
}

async fn ends_one_or_a_group(store: &dyn Store) {
    let (one, two) = (begin(store, "alice", Some("x")).await, begin(store, "alice", Some("y")).await);
    let (three, other) = (begin(store, "alice", Some("y")).await, begin(store, "bob", Some("z")).await);
    assert!(store.end(one).await.unwrap());
    assert!(!store.end(one).await.unwrap(), "it has ended already");
    assert!(!is_alive(store, one, BEGAN_S).await && is_alive(store, two, BEGAN_S).await);
    assert_eq!(store.end_group(group_of_sid("y")).await.unwrap(), 2);
    assert!(!is_alive(store, two, BEGAN_S).await && !is_alive(store, three, BEGAN_S).await);
    let (four, five) = (begin(store, "alice", None).await, begin(store, "alice", Some("x")).await);
    assert_eq!(store.end_group(group_of_sub("alice")).await.unwrap(), 2);
    assert!(!is_alive(store, four, BEGAN_S).await && !is_alive(store, five, BEGAN_S).await);
    assert_eq!(store.end_group(group_of_sid("nobody's")).await.unwrap(), 0);
    assert!(is_alive(store, other, BEGAN_S).await, "the other user was never meant");
}

async fn lists_who_is_alive(store: &dyn Store) {
    let (used, left) = (begin(store, "alice", Some("x")).await, begin(store, "alice", None).await);
    begin(store, "bob", None).await;
    store.find(used, BEGAN_S + 5, Slide::Yes).await.unwrap();
    let members = async |now| {
        let mut members = store.members(group_of_sub("alice"), now).await.unwrap();
        members.sort_by_key(|(_, kept)| kept.used_s);
        members.into_iter().map(|(key, kept)| (key, kept.used_s)).collect::<Vec<_>>()
    };
    assert_eq!(members(BEGAN_S + 9).await, [(left, BEGAN_S), (used, BEGAN_S + 5)]);
    assert_eq!(members(BEGAN_S + 10).await, [(used, BEGAN_S + 5)]);
}

async fn what_was_ended_is_not_revived(store: &dyn Store) {
    let key = begin(store, "alice", Some("x")).await;
    let renewed = |session: &Session| {
        let tokens = Tokens { access_token: "next".to_owned(), ..session.tokens.clone() };
        Arc::new(Session { tokens, ..session.clone() })
    };
    let kept = store.find(key, BEGAN_S, Slide::No).await.unwrap().unwrap();
    assert!(store.renew(key, renewed(&kept.session)).await.unwrap());
    let kept = store.find(key, BEGAN_S + 1, Slide::Yes).await.unwrap().unwrap();
    assert_eq!(kept.session.tokens.access_token, "next");
    store.end(key).await.unwrap();
    assert!(!store.renew(key, renewed(&kept.session)).await.unwrap());
    assert!(store.find(key, BEGAN_S + 1, Slide::Yes).await.unwrap().is_none());
    assert_eq!(store.end_group(group_of_sub("alice")).await.unwrap(), 0);
}

async fn a_key_that_is_used_again_leaves_the_old_session_nowhere(store: &dyn Store) {
    let key = begin(store, "alice", Some("x")).await;
    store.insert(key, Arc::new(sample("bob", None, BEGAN_S)), BEGAN_S).await.unwrap();
    assert_eq!(store.end_group(group_of_sub("alice")).await.unwrap(), 0);
    assert_eq!(store.end_group(group_of_sid("x")).await.unwrap(), 0);
    assert!(is_alive(store, key, BEGAN_S).await);
}

async fn nobody_revives_what_is_ended_meanwhile(store: &dyn Store) {
    for _ in 0..20 {
        let key = begin(store, "alice", Some("x")).await;
        let session = Arc::new(sample("alice", Some("x"), BEGAN_S));
        let use_it = || store.find(key, BEGAN_S + 1, Slide::Yes);
        let renew = || store.renew(key, session.clone());
        let (.., ended, _, _) = tokio::join!(use_it(), renew(), use_it(), store.end(key), renew(), use_it());
        assert!(ended.unwrap());
        assert!(!is_alive(store, key, BEGAN_S + 1).await);
    }
}
