//! A restart with the embedded store: no session is lost, and no token.

use std::time::Duration;

use bff_app::{SessionStore, Settings, Storage};
use http::StatusCode;

use crate::world::{ACCESS_S, World};

#[tokio::test]
async fn a_restart_loses_no_session_and_no_token() {
    let folder = tempfile::tempdir().expect("there is room");
    let storage = Storage { file: Some(folder.path().join("sessions")), ..Storage::default() };
    let mut settings = Settings::default();
    settings.session.store = SessionStore::Embedded;
    let world = World::start();
    let application = world.application(&settings, storage.clone());
    let browser = world.sign_in(&application, "alice").await;
    for _ in 0..3 {
        world.clock().advance(Duration::from_secs(ACCESS_S));
        assert_eq!(browser.whoami(&application).await, (StatusCode::OK, "alice".to_owned()));
    }
    drop(application);

    let application = world.application(&settings, storage);
    assert!(browser.is_signed_in(&application).await);
    // The refresh token has rotated three times: only the last one is good.
    world.clock().advance(Duration::from_secs(ACCESS_S));
    assert_eq!(browser.whoami(&application).await, (StatusCode::OK, "alice".to_owned()));
    assert_eq!(world.refreshes(), (4, 0));
}

#[tokio::test]
async fn a_restart_in_memory_signs_everybody_out() {
    let world = World::start();
    let application = world.application(&Settings::default(), Storage::default());
    let browser = world.sign_in(&application, "alice").await;
    assert!(browser.is_signed_in(&application).await);
    drop(application);
    let application = world.application(&Settings::default(), Storage::default());
    assert!(!browser.is_signed_in(&application).await);
}
