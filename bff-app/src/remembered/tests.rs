//! What every place must do with what is remembered, whichever it is.

use std::time::Duration;

use hosting::Clock;

use super::*;
use crate::settings::{SessionStore, Settings};
use crate::storage::redis_server::RedisServer;
use crate::tests::agent::{config, handed};

async fn battery(remembered: &Remembered, clock: &Clock) {
    assert_eq!(remembered.get::<String>(Drawer::Ticket, "a").await.unwrap(), None);
    remembered.put(Drawer::Ticket, "a", &"here", 60).await.unwrap();
    remembered.put(Drawer::Ticket, "a", &"there", 60).await.unwrap();
    assert_eq!(remembered.get(Drawer::Ticket, "a").await.unwrap(), Some("there".to_owned()), "the last counts");
    assert_eq!(remembered.get::<String>(Drawer::SignIn, "a").await.unwrap(), None, "another drawer");
    assert_eq!(remembered.take(Drawer::Ticket, "a").await.unwrap(), Some("there".to_owned()));
    assert_eq!(remembered.take::<String>(Drawer::Ticket, "a").await.unwrap(), None, "once");

    assert!(remembered.put_new(Drawer::LogoutToken, "jti", 60).await.unwrap());
    assert!(!remembered.put_new(Drawer::LogoutToken, "jti", 60).await.unwrap());
    remembered.put(Drawer::SignIn, "b", &7, 60).await.unwrap();
    clock.advance(Duration::from_secs(59));
    assert!(!remembered.put_new(Drawer::LogoutToken, "jti", 60).await.unwrap());
    assert_eq!(remembered.get(Drawer::SignIn, "b").await.unwrap(), Some(7));
    clock.advance(Duration::from_secs(1));
    assert!(remembered.put_new(Drawer::LogoutToken, "jti", 60).await.unwrap(), "it is forgotten");
    assert_eq!(remembered.take::<i32>(Drawer::SignIn, "b").await.unwrap(), None, "it is forgotten");

    remembered.put(Drawer::Ticket, "c", &1, 60).await.unwrap();
    let take = || remembered.take::<i32>(Drawer::Ticket, "c");
    let (one, two) = tokio::join!(take(), take());
    assert_eq!(one.unwrap().into_iter().chain(two.unwrap()).count(), 1, "one of two gets it");
    let put = || remembered.put_new(Drawer::LogoutToken, "another", 60);
    let (one, two) = tokio::join!(put(), put());
    assert_ne!(one.unwrap(), two.unwrap(), "for one of two it is new");
}

fn settings(store: SessionStore) -> Settings {
    let mut settings = Settings::default();
    settings.session.store = store;
    settings
}

#[tokio::test]
async fn memory_passes_the_battery() {
    for store in [SessionStore::Memory, SessionStore::SealedCookie] {
        let handed = handed();
        let remembered = Remembered::new(&config(), &settings(store), &handed).unwrap();
        battery(&remembered, &handed.clock).await;
    }
}

#[tokio::test]
async fn a_file_passes_the_battery_and_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let (mut config, handed) = (config(), handed());
    config.storage.file = Some(folder.path().join("sessions"));
    let open = || Remembered::new(&config, &settings(SessionStore::Embedded), &handed).unwrap();
    let remembered = open();
    battery(&remembered, &handed.clock).await;
    remembered.put(Drawer::SignIn, "kept", &"here", 60).await.unwrap();
    remembered.put(Drawer::ApiToken, "spared", &"here", 60).await.unwrap();
    assert!(remembered.put_new(Drawer::LogoutToken, "seen", 60).await.unwrap());
    drop(remembered);

    let remembered = open();
    assert_eq!(remembered.get(Drawer::SignIn, "kept").await.unwrap(), Some("here".to_owned()));
    assert_eq!(remembered.get::<String>(Drawer::ApiToken, "spared").await.unwrap(), None);
    assert!(!remembered.put_new(Drawer::LogoutToken, "seen", 60).await.unwrap(), "a replay is known after a restart");
    drop(remembered);
    handed.clock.advance(Duration::from_secs(60));
    assert!(open().put_new(Drawer::LogoutToken, "seen", 60).await.unwrap());
}

#[tokio::test]
async fn redis_passes_the_battery_and_two_replicas_share_it() {
    let Some(server) = RedisServer::start().await else { return };
    let (mut config, handed) = (config(), handed());
    config.storage.redis = Some(server.address());
    config.storage.key = Some([1; 32]);
    let open = || Remembered::new(&config, &settings(SessionStore::Redis), &handed).unwrap();
    let (here, there) = (open(), open());
    battery(&here, &handed.clock).await;
    here.put(Drawer::SignIn, "shared", &"here", 60).await.unwrap();
    assert_eq!(there.take(Drawer::SignIn, "shared").await.unwrap(), Some("here".to_owned()));
    assert_eq!(here.take::<String>(Drawer::SignIn, "shared").await.unwrap(), None);
    assert!(here.put_new(Drawer::LogoutToken, "seen", 60).await.unwrap());
    assert!(!there.put_new(Drawer::LogoutToken, "seen", 60).await.unwrap());
}

#[tokio::test]
async fn a_redis_that_does_not_run_is_told_as_503() {
    let mut config = config();
    config.storage.redis = Some(hosting::Secret::new("redis://127.0.0.1:1"));
    config.storage.key = Some([7; 32]);
    let remembered = Remembered::new(&config, &settings(SessionStore::Redis), &handed()).unwrap();
    let problem = remembered.put_new(Drawer::LogoutToken, "seen", 60).await.unwrap_err();
    assert_eq!(problem.status, http::StatusCode::SERVICE_UNAVAILABLE);
    assert!(problem.detail.contains("Redis"), "{}", problem.detail);
}
