//! What the user lets an application have (OpenID Connect Core 1.0 §3.1.2.4).

use std::time::Duration;

use axum::http::{StatusCode, header};
use mock_idp::{Consent, Settings};

use crate::agent::{Agent, Answer, ISSUER, SCOPE};

/// A browser whose user is signed in, at a provider that asks before the application gets anything.
async fn asking() -> Agent {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    agent.change_client("bff", |client| {
        client.require_consent = true;
        client.client_name = Some("The <b>bank</b>".to_owned());
    });
    agent
}

fn is_question(answer: &Answer) -> bool {
    answer.status == StatusCode::OK && answer.text.contains("action=\"/consent\"")
}

async fn decide(agent: &mut Agent, question: &Answer, decision: &str) -> Answer {
    let ticket = question.hidden("question");
    agent.submit(ISSUER, "/consent", &[("question", &ticket), ("decision", decision)]).await
}

async fn silently(agent: &mut Agent, client_id: &str) -> Answer {
    agent.authorize(client_id, &[("prompt", "none")]).await
}

#[tokio::test]
async fn a_user_who_allows_it_gives_what_was_asked() {
    let mut agent = asking().await;
    let question = agent.authorize("bff", &[]).await;
    assert!(is_question(&question), "{}", question.text);
    assert!(!question.text.contains("<b>bank"), "the name of an application is a text");
    for scope in SCOPE.split(' ') {
        assert!(question.text.contains(&format!("<code>{scope}</code>")), "{scope}");
    }
    let before = agent.issued();
    let answer = decide(&mut agent, &question, "allow").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.parameter("state").as_deref(), Some("the-state"));
    assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));
    let tokens = agent.redeem("bff", &answer.parameter("code").unwrap()).await;
    assert_eq!(tokens.member("scope"), SCOPE);
    assert_eq!(before[1] + 1, agent.issued()[1], "one code");
}

#[tokio::test]
async fn a_user_who_does_not_allow_it_gives_nothing() {
    let mut agent = asking().await;
    let before = agent.issued();
    for decision in ["deny", "", "ALLOW", "allow "] {
        let question = agent.authorize("bff", &[]).await;
        let answer = decide(&mut agent, &question, decision).await;
        assert_eq!(answer.parameter("error").as_deref(), Some("access_denied"), "{decision:?}");
        assert_eq!(answer.parameter("state").as_deref(), Some("the-state"), "{decision:?}");
        assert_eq!(answer.parameter("code"), None, "{decision:?}");
    }
    assert_eq!(agent.issued(), before);
    assert_eq!(silently(&mut agent, "bff").await.parameter("error").as_deref(), Some("consent_required"));
}

#[tokio::test]
async fn a_question_is_asked_once_per_scope() {
    let mut agent = asking().await;
    let question = agent.authorize("bff", &[("scope", "openid accounts")]).await;
    decide(&mut agent, &question, "allow").await;
    for scope in ["openid accounts", "accounts", "openid"] {
        assert!(agent.authorize("bff", &[("scope", scope)]).await.parameter("code").is_some(), "{scope}");
    }
    let wider = agent.authorize("bff", &[("scope", "openid accounts email")]).await;
    assert!(is_question(&wider));
    decide(&mut agent, &wider, "allow").await;
    assert!(agent.authorize("bff", &[("scope", "email")]).await.parameter("code").is_some());
}

#[tokio::test]
async fn without_consent_a_silent_request_hears_consent_required() {
    let mut agent = asking().await;
    let refused = silently(&mut agent, "bff").await;
    assert_eq!(refused.parameter("error").as_deref(), Some("consent_required"));
    assert_eq!(refused.parameter("state").as_deref(), Some("the-state"));
    let question = agent.authorize("bff", &[]).await;
    decide(&mut agent, &question, "allow").await;
    assert!(silently(&mut agent, "bff").await.parameter("code").is_some());
}

#[tokio::test]
async fn the_prompt_asks_again_although_consent_was_given() {
    let mut agent = asking().await;
    let question = agent.authorize("bff", &[]).await;
    decide(&mut agent, &question, "allow").await;
    let again = agent.authorize("bff", &[("prompt", "consent")]).await;
    assert!(is_question(&again));
    assert!(decide(&mut agent, &again, "allow").await.parameter("code").is_some());
    assert!(is_question(&agent.authorize("spa", &[("prompt", "consent")]).await), "whatever the registration says");
}

#[tokio::test]
async fn only_the_session_that_was_asked_can_answer() {
    let mut agent = asking().await;
    let mut nobody = agent.stranger();
    let mut bob = agent.stranger();
    let form = bob.authorize("spa", &[]).await;
    bob.fill_in(&form, "bob").await;
    let before = agent.issued();
    for other in [&mut nobody, &mut bob] {
        let question = agent.authorize("bff", &[]).await;
        let answer = decide(other, &question, "allow").await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::BAD_REQUEST, None));
    }
    assert_eq!(agent.issued(), before);
    assert_eq!(silently(&mut agent, "bff").await.parameter("error").as_deref(), Some("consent_required"));
}

#[tokio::test]
async fn another_site_cannot_answer_in_the_users_browser() {
    let mut agent = asking().await;
    let ticket = agent.authorize("bff", &[]).await.hidden("question");
    for origin in ["https://evil.test", "null"] {
        let answer = agent.submit(origin, "/consent", &[("question", &ticket), ("decision", "allow")]).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::FORBIDDEN, None), "{origin}");
    }
}

#[tokio::test]
async fn a_question_works_once_and_waits_ten_minutes() {
    let mut agent = asking().await;
    let used = agent.authorize("bff", &[("prompt", "consent")]).await;
    decide(&mut agent, &used, "allow").await;
    let late = agent.authorize("bff", &[("prompt", "consent")]).await;
    agent.handed.clock.advance(Duration::from_mins(10));
    for (question, why) in [(used, "used"), (late, "late")] {
        let answer = decide(&mut agent, &question, "allow").await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::BAD_REQUEST, None), "{why}");
    }
}

#[tokio::test]
async fn a_question_ends_with_the_session() {
    let mut agent = asking().await;
    let question = agent.authorize("bff", &[]).await;
    agent.control.end_session_of("alice").await;
    let answer = decide(&mut agent, &question, "allow").await;
    assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::BAD_REQUEST, None));
}

#[tokio::test]
async fn consent_is_of_one_user_for_one_client() {
    let mut agent = Agent::new(Settings { consent: Consent::Always, ..Settings::default() });
    let form = agent.authorize("bff", &[]).await;
    let question = agent.fill_in(&form, "alice").await;
    assert!(is_question(&question), "right after the password");
    decide(&mut agent, &question, "allow").await;
    assert!(is_question(&agent.authorize("spa", &[]).await), "another client");
    let form = agent.authorize("bff", &[("prompt", "login")]).await;
    assert!(is_question(&agent.fill_in(&form, "bob").await), "another user");
}

#[tokio::test]
async fn the_setting_never_asks_unless_the_client_does() {
    let mut agent = Agent::new(Settings { consent: Consent::Never, ..Settings::default() });
    agent.change_client("bff", |client| client.require_consent = true);
    agent.code("bff").await;
    assert!(silently(&mut agent, "bff").await.parameter("code").is_some());
    assert!(is_question(&agent.authorize("bff", &[("prompt", "consent")]).await));
}
