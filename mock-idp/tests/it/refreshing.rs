//! Refresh tokens: rotation, reuse, lives.

use std::time::Duration;

use axum::http::StatusCode;
use mock_idp::{Settings, Switch};

use crate::agent::{Agent, Tokens, claims, credentials};

#[tokio::test]
async fn a_refresh_token_is_replaced_and_the_id_token_has_no_nonce() {
    let mut agent = Agent::new(Settings::default());
    let first = agent.sign_in("spa").await;
    let second = Tokens::of(&agent.refresh("spa", &first.refresh).await);
    assert_ne!(first.refresh, second.refresh);
    assert_ne!(first.access, second.access);
    assert_eq!(claims(&second.id).get("nonce"), None);
    assert_eq!(claims(&first.id)["sid"], claims(&second.id)["sid"]);
    assert_eq!(claims(&first.id)["auth_time"], claims(&second.id)["auth_time"]);
}

#[tokio::test]
async fn reuse_ends_the_family() {
    let mut agent = Agent::new(Settings::default());
    let stolen = agent.sign_in("spa").await;
    let second = Tokens::of(&agent.refresh("spa", &stolen.refresh).await);
    assert_eq!(agent.refresh("spa", &stolen.refresh).await.error(), "invalid_grant");
    assert_eq!(agent.refresh("spa", &second.refresh).await.error(), "invalid_grant");
    assert!(!agent.is_active(&second.access).await);
}

#[tokio::test]
async fn reuse_is_noticed_long_after() {
    let mut agent = Agent::new(Settings::default());
    let stolen = agent.sign_in("spa").await;
    let mut current = Tokens::of(&agent.refresh("spa", &stolen.refresh).await);
    for _ in 0..4 {
        agent.handed.clock.advance(Duration::from_mins(50));
        current = Tokens::of(&agent.refresh("spa", &current.refresh).await);
    }
    assert_eq!(agent.refresh("spa", &stolen.refresh).await.error(), "invalid_grant");
    assert_eq!(agent.refresh("spa", &current.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn without_reuse_detection_the_thief_stays() {
    let mut agent = Agent::new(Settings { rt_reuse_detection: Switch::Off, ..Settings::default() });
    let stolen = agent.sign_in("spa").await;
    let thief = Tokens::of(&agent.refresh("spa", &stolen.refresh).await);
    assert_eq!(agent.refresh("spa", &stolen.refresh).await.error(), "invalid_grant");
    assert_eq!(agent.refresh("spa", &thief.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_rotation_a_copy_works_beside_the_original() {
    let mut agent = Agent::new(Settings { rt_rotate: Switch::Off, ..Settings::default() });
    let stolen = agent.sign_in("spa").await;
    for _ in 0..3 {
        let tokens = Tokens::of(&agent.refresh("spa", &stolen.refresh).await);
        assert_eq!(tokens.refresh, stolen.refresh);
    }
}

#[tokio::test]
async fn a_refresh_token_ends_unused_after_an_hour() {
    for rt_rotate in [Switch::On, Switch::Off] {
        let mut agent = Agent::new(Settings { rt_rotate, ..Settings::default() });
        let first = agent.sign_in("spa").await;
        agent.handed.clock.advance(Duration::from_secs(3_599));
        let second = Tokens::of(&agent.refresh("spa", &first.refresh).await);
        agent.handed.clock.advance(Duration::from_hours(1));
        assert_eq!(agent.refresh("spa", &second.refresh).await.error(), "invalid_grant");
    }
}

#[tokio::test]
async fn a_family_ends_however_often_it_is_used() {
    let settings = Settings { session_life_s: 1_000_000, ..Settings::default() };
    let mut agent = Agent::new(settings);
    let mut tokens = agent.sign_in("spa").await;
    for _ in 0..15 {
        agent.handed.clock.advance(Duration::from_mins(30));
        tokens = Tokens::of(&agent.refresh("spa", &tokens.refresh).await);
    }
    agent.handed.clock.advance(Duration::from_mins(30));
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant");
    assert_eq!(agent.control.counts().refresh_tokens, 0);
}

#[tokio::test]
async fn a_refresh_token_is_bound_to_its_client() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant");
    assert_eq!(agent.refresh("bff", &tokens.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_scope_can_be_narrowed_and_never_widened() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    let ask = |scope: &'static str| {
        let (agent, refresh) = (agent.clone(), tokens.refresh.clone());
        async move {
            let mut form = credentials("spa");
            form.extend([("grant_type", "refresh_token"), ("refresh_token", &refresh), ("scope", scope)]);
            agent.call("/token", &form).await
        }
    };
    assert_eq!(ask("accounts admin").await.error(), "invalid_scope");
    let narrowed = ask("accounts").await.json();
    assert_eq!(narrowed["scope"], "accounts");
    assert!(narrowed.get("id_token").is_none());
}

#[tokio::test]
async fn nobody_gets_a_refresh_token_without_asking_for_offline_access() {
    let mut agent = Agent::new(Settings::default());
    agent.code("spa").await;
    let code = agent.authorize("spa", &[("scope", "openid accounts")]).await.parameter("code").unwrap();
    assert!(agent.redeem("spa", &code).await.json().get("refresh_token").is_none());
}
