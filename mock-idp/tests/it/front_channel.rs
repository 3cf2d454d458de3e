//! Sign-out through the browser, by frames (OpenID Connect Front-Channel Logout 1.0).

use axum::http::{StatusCode, header};
use mock_idp::{Settings, Switch};
use url::Url;

use crate::agent::{Agent, Answer, ISSUER, Tokens, claims};

const RETURN_TO: &str = "https://bff.app.test/";
const BFF_FRAME: &str = "https://bff.app.test/frontchannel-logout?tenant=a%26b";
const SPA_FRAME: &str = "https://spa.app.test:8443/frontchannel-logout";

/// A browser that has signed in to both applications, of which the first wants to know which session ends.
async fn signed_in(settings: Settings) -> (Agent, Tokens) {
    let mut agent = Agent::new(settings);
    agent.change_client("bff", |client| {
        client.frontchannel_logout_uri = Some(BFF_FRAME.to_owned());
        client.frontchannel_logout_session_required = true;
    });
    agent.change_client("spa", |client| client.frontchannel_logout_uri = Some(SPA_FRAME.to_owned()));
    let tokens = agent.sign_in("bff").await;
    agent.sign_in("spa").await;
    (agent, tokens)
}

async fn sign_out(agent: &mut Agent, tokens: &Tokens, more: &[(&str, &str)]) -> Answer {
    let mut query = vec![("id_token_hint", tokens.id.as_str())];
    query.extend_from_slice(more);
    agent.get("/end_session", &query).await
}

#[tokio::test]
async fn each_application_is_framed_and_hears_of_the_session_where_it_must() {
    let (mut agent, tokens) = signed_in(Settings::default()).await;
    let answer = sign_out(&mut agent, &tokens, &[("post_logout_redirect_uri", RETURN_TO), ("state", "s")]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let frames = answer.attributes("src");
    assert_eq!(frames.len(), 2, "{frames:?}");
    let bff = Url::parse(&frames[0]).unwrap();
    let pairs: Vec<(String, String)> = bff.query_pairs().into_owned().collect();
    let sid = claims(&tokens.id)["sid"].as_str().unwrap().to_owned();
    let expected = [("tenant", "a&b"), ("iss", ISSUER), ("sid", &sid)];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(frames[1], SPA_FRAME, "not a word more than it asked for");
}

#[tokio::test]
async fn the_page_may_frame_the_applications_and_nobody_may_frame_the_page() {
    let (mut agent, tokens) = signed_in(Settings::default()).await;
    let answer = sign_out(&mut agent, &tokens, &[]).await;
    let policy = answer.policy();
    assert!(policy.contains("; frame-src https://bff.app.test https://spa.app.test:8443;"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header(header::X_FRAME_OPTIONS), Some("DENY"));
    assert!(answer.attributes("href").is_empty(), "there is nowhere to go on to");
}

#[tokio::test]
async fn the_browser_goes_on_and_forgets_the_session() {
    let (mut agent, tokens) = signed_in(Settings::default()).await;
    let answer = sign_out(&mut agent, &tokens, &[("post_logout_redirect_uri", RETURN_TO), ("state", "\"><i>")]).await;
    let next = Url::parse(&answer.attributes("href").concat()).unwrap();
    assert_eq!(next.query_pairs().next().unwrap().1, "\"><i>");
    assert!(!answer.text.contains("<i>"), "{}", answer.text);
    assert!(agent.cookies.is_empty(), "{:?}", agent.cookies);
    assert_eq!(agent.control.counts().sessions, 0);
}

#[tokio::test]
async fn an_application_that_nobody_signed_in_to_is_not_framed() {
    let mut agent = Agent::new(Settings::default());
    for id in ["bff", "spa"] {
        agent.change_client(id, |client| client.frontchannel_logout_uri = Some(SPA_FRAME.to_owned()));
    }
    let tokens = agent.sign_in("bff").await;
    assert_eq!(sign_out(&mut agent, &tokens, &[]).await.attributes("src").len(), 1);
    let again = sign_out(&mut agent, &tokens, &[("post_logout_redirect_uri", RETURN_TO)]).await;
    assert_eq!(again.header(header::LOCATION), Some(RETURN_TO), "nobody is left to tell");
}

#[tokio::test]
async fn after_the_question_the_applications_are_framed_too() {
    let (mut agent, _) = signed_in(Settings::default()).await;
    let ticket = agent.get("/end_session", &[]).await.hidden("confirmation");
    let form = [("confirmation", ticket.as_str()), ("decision", "sign-out")];
    assert_eq!(agent.submit(ISSUER, "/end_session/confirm", &form).await.attributes("src").len(), 2);
}

#[tokio::test]
async fn without_the_setting_nothing_is_framed() {
    let (mut agent, tokens) = signed_in(Settings { fcl: Switch::Off, ..Settings::default() }).await;
    let answer = sign_out(&mut agent, &tokens, &[("post_logout_redirect_uri", RETURN_TO)]).await;
    assert_eq!(answer.header(header::LOCATION), Some(RETURN_TO));
    let document = agent.get("/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(document["frontchannel_logout_supported"], false);
}
