//! The end of the provider's session.

use std::time::Duration;

use axum::http::{StatusCode, header};
use mock_idp::{Settings, Switch};

use crate::agent::{Agent, BFF, ISSUER};

const RETURN_TO: &str = "https://bff.app.test/";

#[tokio::test]
async fn a_hint_of_this_session_signs_out_at_once_and_returns() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    // RP-Initiated Logout 1.0 §2: an expired hint is still one.
    agent.handed.clock.advance(Duration::from_mins(30));
    let query = [("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", RETURN_TO), ("state", "s")];
    let answer = agent.get("/end_session", &query).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location().as_str(), "https://bff.app.test/?state=s");
    assert!(agent.cookies.is_empty(), "{:?}", agent.cookies);
    assert_eq!(agent.control.counts().sessions, 0);
    assert_eq!(agent.refresh("bff", &tokens.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn tokens_end_with_the_session_of_every_application() {
    let mut agent = Agent::new(Settings::default());
    let bff = agent.sign_in("bff").await;
    let spa = agent.sign_in("spa").await;
    agent.get("/end_session", &[("id_token_hint", &bff.id)]).await;
    assert!(!agent.is_active(&spa.access).await);
    assert_eq!(agent.refresh("spa", &spa.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_code_ends_with_the_session() {
    let mut agent = Agent::new(Settings::default());
    let code = agent.code("bff").await;
    agent.control.end_session_of("alice").await;
    assert_eq!(agent.redeem("bff", &code).await.error(), "invalid_grant");
}

#[tokio::test]
async fn without_at_session_access_tokens_outlive_the_session_and_refresh_tokens_do_not() {
    let mut agent = Agent::new(Settings { at_session: Switch::Off, ..Settings::default() });
    let tokens = agent.sign_in("spa").await;
    agent.get("/end_session", &[("id_token_hint", &tokens.id)]).await;
    assert_eq!(agent.control.counts().sessions, 0);
    assert!(agent.is_active(&tokens.access).await);
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn without_either_tie_every_token_outlives_the_session() {
    let settings = Settings { at_session: Switch::Off, rt_session: Switch::Off, ..Settings::default() };
    let mut agent = Agent::new(settings);
    let tokens = agent.sign_in("spa").await;
    agent.get("/end_session", &[("id_token_hint", &tokens.id)]).await;
    assert_eq!(agent.control.counts().sessions, 0);
    assert!(agent.is_active(&tokens.access).await);
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_sign_out_that_nothing_vouches_for_asks_first() {
    let mut agent = Agent::new(Settings::default());
    agent.sign_in("bff").await;
    let question = agent.get("/end_session", &[("client_id", "bff"), ("post_logout_redirect_uri", RETURN_TO)]).await;
    assert_eq!(question.status, StatusCode::OK);
    assert_eq!(agent.control.counts().sessions, 1);
    let ticket = question.hidden("confirmation");
    let form = [("confirmation", ticket.as_str()), ("decision", "sign-out")];
    assert_eq!(agent.submit("https://evil.test", "/end_session/confirm", &form).await.status, StatusCode::FORBIDDEN);
    let mut stranger = agent.stranger();
    let answer = agent.submit(ISSUER, "/end_session/confirm", &form).await;
    assert_eq!(answer.header(header::LOCATION), Some(RETURN_TO));
    assert_eq!(agent.control.counts().sessions, 0);
    assert_eq!(stranger.submit(ISSUER, "/end_session/confirm", &form).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_user_can_stay_and_another_browser_cannot_answer() {
    let mut agent = Agent::new(Settings::default());
    agent.sign_in("bff").await;
    for (mut who, decision, status) in
        [(agent.stranger(), "sign-out", StatusCode::BAD_REQUEST), (agent.clone(), "stay", StatusCode::OK)]
    {
        let ticket = agent.get("/end_session", &[]).await.hidden("confirmation");
        let form = [("confirmation", ticket.as_str()), ("decision", decision)];
        assert_eq!(who.submit(ISSUER, "/end_session/confirm", &form).await.status, status);
        assert_eq!(agent.control.counts().sessions, 1);
    }
}

#[tokio::test]
async fn a_hint_of_another_session_asks_too() {
    let mut agent = Agent::new(Settings::default());
    let mut attacker = agent.stranger();
    let foreign = attacker.sign_in("bff").await;
    agent.sign_in("bff").await;
    for hint in [foreign.id.as_str(), "forged"] {
        let question = agent.get("/end_session", &[("id_token_hint", hint)]).await;
        assert!(question.text.contains("name=\"confirmation\""), "{}", question.text);
    }
    assert_eq!(agent.control.counts().sessions, 2);
}

#[tokio::test]
async fn an_access_token_is_no_hint() {
    let settings = Settings { access_token_format: mock_idp::AccessTokenFormat::Jwt, ..Settings::default() };
    let mut agent = Agent::new(settings);
    let tokens = agent.sign_in("bff").await;
    agent.get("/end_session", &[("id_token_hint", &tokens.access)]).await.hidden("confirmation");
}

#[tokio::test]
async fn without_confirmation_any_link_signs_out() {
    let mut agent = Agent::new(Settings { confirm: Switch::Off, ..Settings::default() });
    agent.sign_in("bff").await;
    agent.get("/end_session", &[]).await;
    assert_eq!(agent.control.counts().sessions, 0);
}

#[tokio::test]
async fn a_hint_names_the_session_where_the_browser_brings_no_cookie() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    let answer = agent.stranger().submit(BFF, "/end_session", &[("id_token_hint", &tokens.id)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(agent.control.counts().sessions, 0);
}

#[tokio::test]
async fn an_unregistered_address_is_never_returned_to() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    let hint = ("id_token_hint", tokens.id.as_str());
    for query in [
        vec![hint, ("post_logout_redirect_uri", "https://evil.test/")],
        vec![hint, ("post_logout_redirect_uri", "https://bff.app.test")],
        vec![hint, ("post_logout_redirect_uri", RETURN_TO), ("client_id", "spa")],
        vec![("post_logout_redirect_uri", RETURN_TO)],
        vec![("post_logout_redirect_uri", RETURN_TO), ("client_id", "spa")],
        vec![hint, hint],
    ] {
        let answer = agent.get("/end_session", &query).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::BAD_REQUEST, None), "{query:?}");
    }
    assert_eq!(agent.control.counts().sessions, 1, "a refused request changes nothing");
}

#[tokio::test]
async fn signing_out_twice_is_no_error() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    for _ in 0..2 {
        let query = [("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", RETURN_TO)];
        assert_eq!(agent.get("/end_session", &query).await.header(header::LOCATION), Some(RETURN_TO));
    }
}

#[tokio::test]
async fn a_code_of_a_user_who_was_disabled_gives_nothing() {
    let settings = Settings { at_session: Switch::Off, rt_session: Switch::Off, ..Settings::default() };
    let mut agent = Agent::new(settings);
    let code = agent.code("bff").await;
    agent.control.disable("alice").await.unwrap();
    assert_eq!(agent.redeem("bff", &code).await.error(), "invalid_grant");
    assert_eq!(agent.control.counts().access_tokens, 0);
}
