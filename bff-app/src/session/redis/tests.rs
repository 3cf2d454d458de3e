//! What Redis keeps, for one replica and for two.

use std::sync::atomic::{AtomicU32, Ordering};

use hosting::Origin;

use super::*;
use crate::config::Storage;
use crate::session::store::{group_of_sid, group_of_sub};
use crate::session::{battery, sample};
use crate::settings;
use crate::storage::key;
use crate::storage::redis_server::RedisServer;

const BEGAN_S: u64 = 1_000_000;

/// A replica of the application that has this name.
fn replica(server: &RedisServer, name: &str, key: [u8; 32]) -> Arc<Redis> {
    let storage = Storage { redis: Some(server.address()), key: Some(key), ..Storage::default() };
    Arc::new(Redis::new(&storage, &Origin::parse(&format!("https://{name}.test")).unwrap()).unwrap())
}

fn lives() -> Lives {
    Lives::new(&settings::Session::default())
}

fn store(server: &RedisServer) -> RedisStore {
    RedisStore::new(replica(server, "bff", [1; 32]), lives(), 0)
}

async fn is_alive(store: &RedisStore, key: Key, now: u64) -> bool {
    store.find(key, now, Slide::Yes).await.unwrap().is_some()
}

#[tokio::test]
async fn passes_the_battery() {
    let Some(server) = RedisServer::start().await else { return };
    let names = AtomicU32::new(0);
    battery::all(|lives| {
        let name = format!("bff{}", names.fetch_add(1, Ordering::SeqCst));
        Box::new(RedisStore::new(replica(&server, &name, [1; 32]), lives, 0))
    })
    .await;
}

#[tokio::test]
async fn what_ends_at_one_replica_has_ended_at_the_other() {
    let Some(server) = RedisServer::start().await else { return };
    let (here, there) = (store(&server), store(&server));
    for group in [None, Some(group_of_sid("x")), Some(group_of_sub("alice"))] {
        let key = key("session", &hosting::random_token());
        here.insert(key, Arc::new(sample("alice", Some("x"), BEGAN_S)), BEGAN_S).await.unwrap();
        assert!(is_alive(&there, key, BEGAN_S + 1).await);
        match group {
            None => assert!(there.end(key).await.unwrap()),
            Some(group) => assert_eq!(there.end_group(group).await.unwrap(), 1),
        }
        assert!(!is_alive(&here, key, BEGAN_S + 1).await, "at once");
        assert!(!here.renew(key, Arc::new(sample("alice", Some("x"), BEGAN_S))).await.unwrap());
    }
}

#[tokio::test]
async fn beside_redis_a_session_lives_on_for_as_long_as_the_setting_says() {
    let Some(server) = RedisServer::start().await else { return };
    let here = RedisStore::new(replica(&server, "bff", [1; 32]), lives(), 5);
    let there = store(&server);
    let key = key("session", "a");
    here.insert(key, Arc::new(sample("alice", None, BEGAN_S)), BEGAN_S).await.unwrap();
    assert!(is_alive(&here, key, BEGAN_S).await);
    there.end(key).await.unwrap();
    assert!(is_alive(&here, key, BEGAN_S + 4).await, "the price of the cache");
    assert!(here.find(key, BEGAN_S + 4, Slide::No).await.unwrap().is_none(), "who looks sees how it stands");
    here.insert(key, Arc::new(sample("alice", None, BEGAN_S)), BEGAN_S).await.unwrap();
    assert!(is_alive(&here, key, BEGAN_S).await);
    there.end(key).await.unwrap();
    assert!(!is_alive(&here, key, BEGAN_S + 5).await);
    here.insert(key, Arc::new(sample("alice", None, BEGAN_S)), BEGAN_S).await.unwrap();
    assert!(is_alive(&here, key, BEGAN_S).await);
    here.end(key).await.unwrap();
    assert!(!is_alive(&here, key, BEGAN_S).await, "an end of its own is seen at once");
}

#[tokio::test]
async fn a_replica_with_another_key_reads_nothing_and_another_application_finds_nothing() {
    let Some(server) = RedisServer::start().await else { return };
    let key = key("session", "a");
    store(&server).insert(key, Arc::new(sample("alice", None, BEGAN_S)), BEGAN_S).await.unwrap();
    let stranger = RedisStore::new(replica(&server, "bff", [2; 32]), lives(), 0);
    assert!(!is_alive(&stranger, key, BEGAN_S).await);
    let other = RedisStore::new(replica(&server, "other", [1; 32]), lives(), 0);
    assert!(!is_alive(&other, key, BEGAN_S).await);
    assert_eq!(other.end_group(group_of_sub("alice")).await.unwrap(), 0);
    assert!(is_alive(&store(&server), key, BEGAN_S).await);
}

#[tokio::test]
async fn an_outage_is_told_in_time_and_over_when_redis_is_back() {
    let Some(mut server) = RedisServer::start().await else { return };
    let store = store(&server);
    let key = key("session", "a");
    store.insert(key, Arc::new(sample("alice", None, BEGAN_S)), BEGAN_S).await.unwrap();
    server.stop().await;
    for _ in 0..3 {
        let answer = tokio::time::timeout(crate::storage::LONGEST_WAIT * 2, store.find(key, BEGAN_S, Slide::Yes));
        assert!(answer.await.expect("it is told in time").is_err());
    }
    server.start_again().await;
    assert!(is_alive(&store, key, BEGAN_S).await, "the first request finds it again");
}
