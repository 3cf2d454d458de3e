//! The end of sessions: by the user, and by the provider, behind the browser's back or through it.

mod back_channel;
mod front_channel;

use axum::body::Body;
use http::{Response, StatusCode, header};
use serde_json::json;

use super::agent::{Agent, config, handed, json_of, own, request};
use super::provider::Provider;
use crate::settings::{ClearSiteData, Hardening, Settings, Switch};

fn with(change: impl Fn(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

/// An application beside its provider.
pub(super) fn beside(provider: &Provider, settings: Settings) -> Agent {
    Agent::with(config(), settings, provider.handed.clone())
}

async fn sign_out(agent: &Agent, cookie: &str) -> Response<Body> {
    agent.ask(own("POST", "/bff/logout").header(header::COOKIE, cookie)).await
}

fn set_cookies(response: &Response<Body>) -> Vec<&str> {
    response.headers().get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect()
}

fn location(response: &Response<Body>) -> &str {
    response.headers()[header::LOCATION].to_str().unwrap()
}

fn cleared(response: &Response<Body>) -> &str {
    response.headers().get("clear-site-data").map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_sign_out_ends_the_session_the_tokens_and_by_one_address_the_providers_session() {
    let provider = Provider::start();
    let agent = beside(&provider, Settings::default());
    let cookie = agent.begin("alice", Some("x")).await;
    let answer = sign_out(&agent, &cookie).await;
    assert_eq!(set_cookies(&answer), ["__Host-Http-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"]);
    let body = json_of(answer).await;
    assert_eq!(body.get("provider_session"), None);
    assert!(!body.to_string().contains("id.token.hint"));
    assert!(!agent.lives(&cookie).await);
    let revoked = provider.asked("/revoke");
    assert_eq!(revoked.len(), 2);
    assert!(
        revoked.iter().any(|form| form.contains("token=refresh"))
            && revoked.iter().any(|form| form.contains("token=access"))
    );
    let url = body["url"].as_str().unwrap();
    let led = agent.ask(request("GET", url)).await;
    assert_eq!(
        location(&led),
        "http://idp.test/end?id_token_hint=id.token.hint&client_id=bff\
         &post_logout_redirect_uri=https%3A%2F%2Fbff.test%2F&state=signed-out"
    );
    assert_eq!(cleared(&led), "\"storage\", \"cache\"");
    let again = agent.ask(request("GET", url)).await;
    assert_eq!((location(&again), cleared(&again)), ("/", ""), "the ticket works once");
}

#[tokio::test]
async fn a_ticket_ends_with_its_minute_and_a_guess_leads_home_and_clears_nothing() {
    let provider = Provider::start();
    let agent = beside(&provider, Settings::default());
    let cookie = agent.begin("alice", None).await;
    let url = json_of(sign_out(&agent, &cookie).await).await["url"].as_str().unwrap().to_owned();
    provider.handed.clock.advance(std::time::Duration::from_secs(60));
    for url in [url.as_str(), "/bff/signed-out?ticket=guess", "/bff/signed-out", "/bff/signed-out?ticket=&ticket="] {
        let led = agent.ask(request("GET", url)).await;
        assert_eq!((led.status(), location(&led), cleared(&led)), (StatusCode::SEE_OTHER, "/", ""), "{url}");
    }
}

#[tokio::test]
async fn a_second_sign_out_and_one_without_a_session_say_so() {
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", None).await;
    assert_eq!(sign_out(&agent, &cookie).await.status(), StatusCode::OK);
    assert_eq!(sign_out(&agent, &cookie).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_provider_that_is_gone_keeps_nobody_signed_in_here() {
    let agent = Agent::with(config(), Settings::default(), handed());
    let cookie = agent.begin("alice", None).await;
    let body = json_of(sign_out(&agent, &cookie).await).await;
    assert_eq!(body["provider_session"], "lives on");
    assert!(!agent.lives(&cookie).await);
    assert_eq!(location(&agent.ask(request("GET", body["url"].as_str().unwrap())).await), "/?state=signed-out");
}

#[tokio::test]
async fn a_provider_without_an_end_of_session_is_named() {
    let provider = Provider::offering(&json!({}));
    let agent = beside(&provider, Settings::default());
    let cookie = agent.begin("alice", None).await;
    let answer = sign_out(&agent, &cookie).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(json_of(answer).await["provider_session"], "lives on");
}

#[tokio::test]
async fn without_revocation_the_tokens_live_on_and_without_end_session_the_providers_session_does() {
    let provider = Provider::start();
    let agent = beside(&provider, with(|settings| settings.logout.revoke = Switch::Off));
    let cookie = agent.begin("alice", None).await;
    assert_eq!(sign_out(&agent, &cookie).await.status(), StatusCode::OK);
    assert!(provider.asked("/revoke").is_empty());
    let agent = beside(&provider, with(|settings| settings.logout.end_session = Switch::Off));
    let cookie = agent.begin("alice", None).await;
    assert_eq!(json_of(sign_out(&agent, &cookie).await).await["provider_session"], "lives on");
}

#[tokio::test]
async fn without_the_one_time_address_the_hint_comes_into_scripts_reach() {
    let provider = Provider::start();
    let agent = beside(&provider, with(|settings| settings.logout.one_time_url = Switch::Off));
    let cookie = agent.begin("alice", None).await;
    let answer = sign_out(&agent, &cookie).await;
    assert_eq!(cleared(&answer), "\"storage\", \"cache\"", "no other answer could say it");
    assert!(json_of(answer).await["url"].as_str().unwrap().contains("id_token_hint=id.token.hint"));
}

#[tokio::test]
async fn without_its_attributes_the_deletion_breaks_the_rules_of_its_prefix() {
    let agent = Agent::new(with(|settings| settings.logout.delete_attrs = Switch::Off));
    let cookie = agent.begin("alice", None).await;
    assert_eq!(set_cookies(&sign_out(&agent, &cookie).await), ["__Host-Http-session=; Max-Age=0"]);
}

#[tokio::test]
async fn what_is_cleared_is_what_the_switch_says() {
    for (csd, expected) in [
        (ClearSiteData::Storage, "\"storage\", \"cache\""),
        (ClearSiteData::Everything, "\"storage\", \"cache\", \"cookies\""),
        (ClearSiteData::None, ""),
    ] {
        let agent = Agent::new(with(|settings| settings.logout.csd = csd));
        let cookie = agent.begin("alice", None).await;
        let body = json_of(sign_out(&agent, &cookie).await).await;
        assert_eq!(cleared(&agent.ask(request("GET", body["url"].as_str().unwrap())).await), expected);
    }
}

#[tokio::test]
async fn everywhere_means_all_sessions_of_this_user_and_of_nobody_else() {
    for (everywhere, other_lives) in [(Hardening::Off, true), (Hardening::On, false)] {
        let agent = Agent::new(with(|settings| settings.logout.everywhere = everywhere));
        let (here, there) = (agent.begin("alice", Some("x")).await, agent.begin("alice", Some("y")).await);
        let bob = agent.begin("bob", Some("z")).await;
        assert_eq!(sign_out(&agent, &here).await.status(), StatusCode::OK);
        assert_eq!((agent.lives(&here).await, agent.lives(&there).await), (false, other_lives));
        assert!(agent.lives(&bob).await);
    }
}

#[tokio::test]
async fn without_protection_a_link_signs_the_user_out() {
    let link = |cookie: &str| request("GET", "/bff/logout").header(header::COOKIE, cookie);
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", None).await;
    agent.ask(link(&cookie)).await;
    agent.ask(request("POST", "/bff/logout").header(header::COOKIE, &cookie)).await;
    assert!(agent.lives(&cookie).await, "the reference");
    let agent = Agent::new(with(|settings| settings.logout.csrf = Switch::Off));
    let cookie = agent.begin("alice", None).await;
    assert_eq!(agent.ask(link(&cookie)).await.status(), StatusCode::SEE_OTHER);
    assert!(!agent.lives(&cookie).await);
    let cookie = agent.begin("alice", None).await;
    let form =
        request("POST", "/bff/logout").header(header::COOKIE, &cookie).header(header::ORIGIN, "https://evil.test");
    assert_eq!(agent.ask(form).await.status(), StatusCode::OK);
    assert!(!agent.lives(&cookie).await);
}

#[tokio::test]
async fn what_is_revoked_are_the_tokens_of_the_session_as_it_ends_and_of_all_that_end_with_it() {
    let provider = Provider::start();
    let agent = beside(&provider, with(|settings| settings.logout.everywhere = Hardening::On));
    let (here, _there) = (agent.begin("alice", Some("x")).await, agent.begin("alice", Some("y")).await);
    assert_eq!(sign_out(&agent, &here).await.status(), StatusCode::OK);
    assert_eq!(provider.asked("/revoke").len(), 4);
    let agent = beside(&provider, Settings::default());
    let cookie = agent.begin("alice", None).await;
    let mut headers = http::HeaderMap::new();
    headers.insert(header::COOKIE, cookie.parse().unwrap());
    let found = agent.bff.sessions.find(&headers).await.unwrap();
    let renewed = crate::session::Tokens { access_token: "renewed".to_owned(), ..found.session.tokens.clone() };
    agent.bff.sessions.renew(&found.key, &found.session, renewed).await.unwrap();
    let last = agent.bff.sessions.end(&found.key).await.unwrap().unwrap();
    assert_eq!(last.tokens.access_token, "renewed");
    assert!(agent.bff.sessions.end(&found.key).await.unwrap().is_none(), "it has ended");
}
