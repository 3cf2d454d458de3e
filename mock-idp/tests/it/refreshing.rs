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
async fn reuse_is_noticed_whatever_else_is_wrong_with_the_request() {
    for (name, value) in [("scope", "admin"), ("resource", "urn:nobody")] {
        let mut agent = Agent::new(Settings::default());
        let stolen = agent.sign_in("spa").await;
        let second = Tokens::of(&agent.refresh("spa", &stolen.refresh).await);
        let form = [("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", &stolen.refresh)];
        let answer = agent.call_with("/token", &[&form[..], &[(name, value)]].concat(), &[]).await;
        assert_eq!(answer.error(), "invalid_grant", "{name}");
        assert_eq!(agent.refresh("spa", &second.refresh).await.error(), "invalid_grant", "{name}");
    }
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

#[tokio::test]
async fn within_the_grace_a_client_whose_answer_was_lost_may_ask_again() {
    let mut agent = Agent::new(Settings { rt_grace_s: 10, ..Settings::default() });
    let first = agent.sign_in("spa").await;
    let lost = Tokens::of(&agent.refresh("spa", &first.refresh).await);
    agent.handed.clock.advance(Duration::from_secs(9));
    let second = Tokens::of(&agent.refresh("spa", &first.refresh).await);
    assert_ne!(lost.refresh, second.refresh);
    assert!(agent.is_active(&second.access).await);
    agent.handed.clock.advance(Duration::from_secs(1));
    assert_eq!(
        agent.refresh("spa", &first.refresh).await.error(),
        "invalid_grant",
        "the grace is counted from the use"
    );
    assert_eq!(agent.refresh("spa", &second.refresh).await.error(), "invalid_grant", "reuse ends the family");
    assert!(!agent.is_active(&second.access).await);
}

#[tokio::test]
async fn a_family_has_an_idle_life_and_an_absolute_one() {
    let settings = Settings { refresh_token_idle_s: 100, refresh_token_life_s: 250, ..Settings::default() };
    let mut agent = Agent::new(settings);
    let mut tokens = agent.sign_in("spa").await;
    for _ in 0..2 {
        agent.handed.clock.advance(Duration::from_secs(99));
        tokens = Tokens::of(&agent.refresh("spa", &tokens.refresh).await);
    }
    agent.handed.clock.advance(Duration::from_secs(51));
    tokens = Tokens::of(&agent.refresh("spa", &tokens.refresh).await);
    agent.handed.clock.advance(Duration::from_secs(1));
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant", "250 s after the sign-in");

    let tokens = agent.sign_in("spa").await;
    agent.handed.clock.advance(Duration::from_secs(100));
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant", "100 s unused");
}

#[tokio::test]
async fn refresh_tokens_end_with_the_session() {
    let mut agent = Agent::new(Settings { session_life_s: 600, ..Settings::default() });
    let tokens = agent.sign_in("spa").await;
    agent.handed.clock.advance(Duration::from_secs(599));
    let tokens = Tokens::of(&agent.refresh("spa", &tokens.refresh).await);
    agent.handed.clock.advance(Duration::from_secs(1));
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant");
}

/// Source: OpenID Connect Core 1.0 §11, access while the user is not present.
#[tokio::test]
async fn without_rt_session_offline_access_outlives_the_session() {
    let mut agent = Agent::new(Settings { rt_session: Switch::Off, ..Settings::default() });
    let tokens = agent.sign_in("spa").await;
    agent.control.end_session_of("alice").await;
    assert!(!agent.is_active(&tokens.access).await, "access tokens of the session end with it");
    let answer = agent.refresh("spa", &tokens.refresh).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(agent.is_active(&answer.member("access_token")).await);
}

#[tokio::test]
async fn a_client_that_asked_for_too_much_may_ask_again() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    for (name, value, error) in [("scope", "admin", "invalid_scope"), ("resource", "orders-api", "invalid_target")] {
        let mut form = credentials("spa");
        form.extend([("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh), (name, value)]);
        assert_eq!(agent.call("/token", &form).await.error(), error);
    }
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_disabled_user_gets_nothing_fresh() {
    let mut agent = Agent::new(Settings { rt_session: Switch::Off, at_session: Switch::Off, ..Settings::default() });
    let tokens = agent.sign_in("spa").await;
    agent.control.disable("alice").await;
    assert!(!agent.is_active(&tokens.access).await);
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant");
}
