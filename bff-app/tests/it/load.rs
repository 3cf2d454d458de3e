//! 50 users with 20 calls each at once, while every access token expires: nobody gets another's data or is signed out.

use std::time::Duration;

use bff_app::{SessionStore, Settings, Storage};
use futures_util::future::join_all;
use http::StatusCode;

use crate::redis_server::RedisServer;
use crate::world::{ACCESS_S, Application, Browser, World};

const USERS: usize = 50;
const CALLS: usize = 20;

fn kept_in(store: SessionStore) -> Settings {
    let mut settings = Settings::default();
    settings.session.store = store;
    settings
}

async fn sign_all_in(world: &World, applications: &[Application]) -> Vec<Browser> {
    let mut browsers = Vec::new();
    for n in 0..USERS {
        browsers.push(world.sign_in(&applications[n % applications.len()], &format!("user-{n}")).await);
    }
    browsers
}

/// Lets all users call at once, spread over the replicas, and returns whose status and answer are whose.
async fn all_call(browsers: &[Browser], applications: &[Application]) -> Vec<(String, StatusCode, String)> {
    let calls = browsers.iter().flat_map(|browser| {
        (0..CALLS).map(move |n| async move {
            let (status, answer) = browser.whoami(&applications[n % applications.len()]).await;
            (browser.user.clone(), status, answer)
        })
    });
    join_all(calls).await
}

async fn stands_the_load(world: &World, applications: &[Application]) -> Vec<Browser> {
    let browsers = sign_all_in(world, applications).await;
    for round in 1..=2 {
        world.clock().advance(Duration::from_secs(ACCESS_S));
        for (user, status, answer) in all_call(&browsers, applications).await {
            assert_eq!((status, answer), (StatusCode::OK, user));
        }
        assert_eq!(world.refreshes(), (round * USERS, 0), "one refresh for each session");
    }
    for browser in &browsers {
        assert!(browser.is_signed_in(&applications[0]).await, "{}", browser.user);
    }
    browsers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_instance_stands_the_load() {
    let world = World::start();
    stands_the_load(&world, &[world.application(&kept_in(SessionStore::Memory), Storage::default())]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_instance_that_writes_down_stands_the_load() {
    let folder = tempfile::tempdir().expect("there is room");
    let storage = Storage { file: Some(folder.path().join("sessions")), ..Storage::default() };
    let world = World::start();
    stands_the_load(&world, &[world.application(&kept_in(SessionStore::Embedded), storage)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_stand_the_load_and_an_outage_of_redis() {
    let Some(mut server) = RedisServer::start().await else { return };
    let world = World::start();
    let storage = Storage { redis: Some(server.address()), key: Some([7; 32]), file: None };
    let replica = || world.application(&kept_in(SessionStore::Redis), storage.clone());
    let replicas = [replica(), replica()];
    let browsers = stands_the_load(&world, &replicas).await;
    server.stop().await;
    for (_, status, answer) in all_call(&browsers, &replicas).await {
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
    }
    server.start_again().await;
    world.clock().advance(Duration::from_secs(ACCESS_S));
    for (user, status, answer) in all_call(&browsers, &replicas).await {
        assert_eq!((status, answer), (StatusCode::OK, user), "nobody was signed out by it");
    }
}
