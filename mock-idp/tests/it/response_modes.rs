//! How an answer comes back to the client: in a query, a fragment, a form or a message.

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_idp::{Settings, Switch};
use serde_json::Value;

use crate::agent::{Agent, Answer, BFF, ISSUER, redirect_uri};

/// A state that would break out of an attribute, of a script and of a text.
const HOSTILE: &str = "\"'></form><script>alert(1)</script>&lt;</script>";

/// A browser whose user is signed in.
async fn signed_in(settings: Settings) -> Agent {
    let mut agent = Agent::new(settings);
    agent.code("bff").await;
    agent
}

/// Asks for an answer in a mode, with one change to the request.
async fn ask(agent: &mut Agent, change: (&str, &str), mode: &str) -> Answer {
    agent.authorize("bff", &[change, ("response_mode", mode)]).await
}

/// Returns a parameter of a fragment.
fn fragment(answer: &Answer, name: &str) -> Option<String> {
    let url = answer.location();
    let mut pairs = url::form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Returns the message that a page of ours posts.
fn message(answer: &Answer) -> Value {
    serde_json::from_str(&answer.attributes("data-response").concat()).unwrap()
}

/// Checks that a page runs what it was sent with, and nothing else (CSP Level 3 §6.7.2).
fn assert_only_own_script(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let policy = answer.policy();
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(hosting::sha256(text.as_bytes())));
    assert!(policy.starts_with("default-src 'none'") && policy.contains("base-uri 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    let style = answer.element("style").unwrap();
    assert!(policy.contains(&format!("style-src {}", hash(style))), "{policy}");
    match answer.element("script") {
        Some(script) => assert!(policy.contains(&format!("script-src {}", hash(script))), "{policy}"),
        None => assert!(!policy.contains("script-src"), "{policy}"),
    }
    assert_eq!(answer.text.matches("<script").count(), usize::from(policy.contains("script-src")));
    assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
    assert_eq!(answer.header(header::CACHE_CONTROL), Some("no-store"));
}

#[tokio::test]
async fn the_query_carries_the_answer_unless_another_mode_is_asked_for() {
    let mut agent = signed_in(Settings::default()).await;
    let unsaid: &[(&str, &str)] = &[];
    for changes in [unsaid, &[("response_mode", "query")]] {
        let answer = agent.authorize("bff", changes).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.location().fragment(), None);
        assert!(answer.parameter("code").is_some());
        assert_eq!(answer.parameter("state").as_deref(), Some("the-state"));
        assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));
    }
}

#[tokio::test]
async fn an_address_keeps_the_query_that_it_is_registered_with() {
    let mut agent = signed_in(Settings::default()).await;
    let uri = format!("{BFF}/callback?tenant=a%20b");
    agent.change_client("bff", |client| client.redirect_uris.push(uri.clone()));
    let answer = agent.authorize("bff", &[("redirect_uri", &uri)]).await;
    assert_eq!(answer.parameter("tenant").as_deref(), Some("a b"));
    assert!(answer.parameter("code").is_some());
    let posted = agent.authorize("bff", &[("redirect_uri", &uri), ("response_mode", "form_post")]).await;
    assert_eq!(posted.attributes("action"), [uri]);
}

#[tokio::test]
async fn a_fragment_carries_the_answer_past_the_server() {
    let mut agent = signed_in(Settings::default()).await;
    let answer = agent.authorize("bff", &[("response_mode", "fragment")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location().query(), None);
    assert_eq!(fragment(&answer, "state").as_deref(), Some("the-state"));
    assert_eq!(fragment(&answer, "iss").as_deref(), Some(ISSUER));
    let code = fragment(&answer, "code").unwrap();
    assert_eq!(agent.redeem("bff", &code).await.status, StatusCode::OK);
}

/// Source: OAuth 2.0 Form Post Response Mode §2.
#[tokio::test]
async fn a_form_posts_the_answer() {
    let mut agent = signed_in(Settings::default()).await;
    let answer = agent.authorize("bff", &[("response_mode", "form_post")]).await;
    assert_only_own_script(&answer);
    assert_eq!(answer.header(header::LOCATION), None);
    assert!(answer.policy().contains("frame-ancestors 'none'"));
    assert_eq!(answer.header(header::X_FRAME_OPTIONS), Some("DENY"));
    assert_eq!(answer.attributes("action"), [redirect_uri("bff")]);
    assert_eq!(answer.attributes("method"), ["post"]);
    assert_eq!((answer.hidden("state"), answer.hidden("iss")), ("the-state".to_owned(), ISSUER.to_owned()));
    assert_eq!(agent.redeem("bff", &answer.hidden("code")).await.status, StatusCode::OK);
}

/// Source: draft-sakimura-oauth-wmrm §4.
#[tokio::test]
async fn a_message_carries_the_answer_to_the_origin_of_the_client_alone() {
    let mut agent = signed_in(Settings::default()).await;
    let answer = agent.authorize("bff", &[("response_mode", "web_message")]).await;
    assert_only_own_script(&answer);
    assert_eq!(answer.attributes("data-target"), [BFF]);
    assert!(answer.policy().ends_with(&format!("frame-ancestors {BFF}")), "{}", answer.policy());
    assert_eq!(answer.header(header::X_FRAME_OPTIONS), None, "it cannot name an origin");
    let message = message(&answer);
    assert_eq!((message["state"].as_str(), message["iss"].as_str()), (Some("the-state"), Some(ISSUER)));
    let code = message["code"].as_str().unwrap();
    assert_eq!(agent.redeem("bff", code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_error_comes_back_in_the_mode_that_was_asked_for() {
    let mut agent = Agent::new(Settings::default());
    let silently = ("prompt", "none");
    let expected = Some("login_required".to_owned());
    assert_eq!(ask(&mut agent, silently, "query").await.parameter("error"), expected);
    assert_eq!(fragment(&ask(&mut agent, silently, "fragment").await, "error"), expected);
    let posted = ask(&mut agent, silently, "form_post").await;
    assert_eq!((posted.hidden("error"), posted.hidden("state")), ("login_required".to_owned(), "the-state".to_owned()));
    assert_only_own_script(&posted);
    let told = ask(&mut agent, silently, "web_message").await;
    assert_eq!(message(&told)["error"], "login_required");
    assert_eq!(message(&told)["iss"], ISSUER);
    assert_only_own_script(&told);
}

#[tokio::test]
async fn an_unknown_mode_is_refused_in_the_query() {
    let mut agent = signed_in(Settings::default()).await;
    for mode in ["pigeon", "QUERY", "query fragment", "jwt"] {
        let answer = agent.authorize("bff", &[("response_mode", mode)]).await;
        assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"), "{mode}");
        assert_eq!(answer.parameter("code"), None, "{mode}");
    }
}

#[tokio::test]
async fn a_hostile_state_comes_back_as_it_was_and_is_never_markup() {
    let mut agent = signed_in(Settings::default()).await;
    let hostile = ("state", HOSTILE);
    let query = ask(&mut agent, hostile, "query").await;
    assert_eq!(query.parameter("state").as_deref(), Some(HOSTILE));
    assert!(!query.header(header::LOCATION).unwrap().contains(['<', '"', '\'']));
    assert_eq!(fragment(&ask(&mut agent, hostile, "fragment").await, "state").as_deref(), Some(HOSTILE));
    let posted = ask(&mut agent, hostile, "form_post").await;
    assert_only_own_script(&posted);
    assert_eq!(posted.hidden("state"), HOSTILE);
    assert_eq!(posted.text.matches("</form>").count(), 1, "{}", posted.text);
    let told = ask(&mut agent, hostile, "web_message").await;
    assert_only_own_script(&told);
    assert_eq!(message(&told)["state"], HOSTILE);
}

#[tokio::test]
async fn every_page_runs_its_own_script_or_none() {
    let mut agent = Agent::new(Settings::default());
    let form = agent.authorize("bff", &[]).await;
    assert_only_own_script(&form);
    agent.fill_in(&form, "alice").await;
    assert_only_own_script(&agent.authorize("bff", &[("prompt", "consent")]).await);
    assert_only_own_script(&agent.get("/end_session", &[]).await);
    assert_only_own_script(&agent.get("/check_session", &[]).await);
}

#[tokio::test]
async fn without_framing_protection_any_page_may_frame_what_users_decide_on() {
    let mut agent = Agent::new(Settings { frame: Switch::Off, ..Settings::default() });
    let form = agent.authorize("bff", &[]).await;
    assert!(!form.policy().contains("frame-ancestors"), "{}", form.policy());
    assert_eq!(form.header(header::X_FRAME_OPTIONS), None);
    agent.fill_in(&form, "alice").await;
    let told = agent.authorize("bff", &[("response_mode", "web_message")]).await;
    assert!(!told.policy().contains("frame-ancestors"), "{}", told.policy());
}

#[tokio::test]
async fn discovery_announces_every_mode() {
    let document = Agent::new(Settings::default()).get("/.well-known/openid-configuration", &[]).await.json();
    let modes = serde_json::json!(["query", "fragment", "form_post", "web_message"]);
    assert_eq!(document["response_modes_supported"], modes);
}
