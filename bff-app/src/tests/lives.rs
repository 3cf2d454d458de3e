//! How long a session lasts, and how late its end arrives: each number of the settings, and what a greater one costs.

use std::time::Duration;

use super::agent::{Agent, config, handed};
use crate::storage::redis_server::RedisServer;
use crate::{SessionStore, Settings};

#[tokio::test]
async fn a_session_goes_unused_for_as_long_as_the_setting_says() {
    for (idle_s, lives) in [(60, false), (1_800, true)] {
        let mut settings = Settings::default();
        settings.session.idle_s = idle_s;
        let agent = Agent::new(settings);
        let cookie = agent.begin("alice", None).await;
        agent.bff.handed.clock.advance(Duration::from_secs(59));
        assert!(agent.lives(&cookie).await, "{idle_s}: this was use");
        agent.bff.handed.clock.advance(Duration::from_secs(60));
        assert_eq!(agent.lives(&cookie).await, lives, "{idle_s}: whoever copied the cookie waited as long");
    }
}

#[tokio::test]
async fn a_session_lasts_as_long_as_the_setting_says_however_busy_it_is() {
    for (absolute_s, lives) in [(100, false), (28_800, true)] {
        let mut settings = Settings::default();
        settings.session.absolute_s = absolute_s;
        let agent = Agent::new(settings);
        let cookie = agent.begin("alice", None).await;
        agent.bff.handed.clock.advance(Duration::from_secs(99));
        assert!(agent.lives(&cookie).await, "{absolute_s}");
        agent.bff.handed.clock.advance(Duration::from_secs(1));
        assert_eq!(agent.lives(&cookie).await, lives, "{absolute_s}");
    }
}

#[tokio::test]
async fn a_sign_out_arrives_at_another_replica_as_late_as_the_setting_says() {
    let Some(server) = RedisServer::start().await else { return };
    for (cache_s, lives_on) in [(0, false), (5, true)] {
        let handed = handed();
        let replica = || {
            let (mut config, mut settings) = (config(), Settings::default());
            config.storage.redis = Some(server.address());
            config.storage.key = Some([7; 32]);
            settings.session.store = SessionStore::Redis;
            settings.session.cache_s = cache_s;
            Agent::with(config, settings, handed.clone())
        };
        let (here, there) = (replica(), replica());
        let cookie = here.begin("alice", Some("x")).await;
        assert!(here.lives(&cookie).await, "{cache_s}");
        assert_eq!(there.bff.sessions.end_by_sid("x").await.unwrap(), 1);
        assert_eq!(here.lives(&cookie).await, lives_on, "{cache_s}: the price of the cache");
        handed.clock.advance(Duration::from_secs(cache_s));
        assert!(!here.lives(&cookie).await, "{cache_s}");
    }
}
