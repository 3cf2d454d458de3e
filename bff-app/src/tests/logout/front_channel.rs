//! The address that the provider's page frames (OpenID Connect Front-Channel Logout 1.0 §2 and §3).

use http::{StatusCode, header, request};

use super::super::agent::{Agent, request};
use super::super::provider::Provider;
use super::{beside, set_cookies, with};
use crate::settings::{Settings, Switch};

fn frame(query: &str) -> request::Builder {
    request("GET", &format!("/bff/frontchannel-logout{query}")).header("sec-fetch-dest", "iframe")
}

#[tokio::test]
async fn the_providers_frame_ends_the_session_that_it_names_and_no_token() {
    let provider = Provider::start();
    let agent = beside(&provider, Settings::default());
    let (alice, bob) = (agent.begin("alice", Some("x")).await, agent.begin("bob", Some("y")).await);
    let answer = agent.ask(frame("?iss=http%3A%2F%2Fidp.test&sid=x")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!((agent.lives(&alice).await, agent.lives(&bob).await), (false, true));
    assert!(provider.asked("/revoke").is_empty(), "whoever knows a sid may come here");
}

#[tokio::test]
async fn the_front_channel_address_demands_issuer_and_session() {
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", Some("x")).await;
    for query in [
        "",
        "?sid=x",
        "?iss=http%3A%2F%2Fidp.test",
        "?iss=http%3A%2F%2Fevil.test&sid=x",
        "?iss=http%3A%2F%2Fidp.test&sid=",
        "?iss=http%3A%2F%2Fidp.test&sid=x&sid=y",
        "?iss=http%3A%2F%2Fidp.test&iss=http%3A%2F%2Fidp.test&sid=x",
        "?iss=http%3A%2F%2Fidp.test%2F&sid=x",
    ] {
        let answer = agent.ask(frame(query).header(header::COOKIE, &cookie)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        assert!(agent.lives(&cookie).await, "{query}");
    }
    assert_eq!(agent.ask(frame("?iss=http%3A%2F%2Fidp.test&sid=guess")).await.status(), StatusCode::OK);
    assert!(agent.lives(&cookie).await, "a guess ends nothing, and says nothing");
}

#[tokio::test]
async fn without_issuer_and_session_whoever_frames_it_signs_the_user_out() {
    let agent = Agent::new(with(|settings| settings.logout.fcl_sid = Switch::Off));
    let cookie = agent.begin("alice", Some("x")).await;
    let answer = agent.ask(frame("").header(header::COOKIE, &cookie)).await;
    assert!(set_cookies(&answer)[0].contains("Max-Age=0"));
    assert!(!agent.lives(&cookie).await);
}

#[tokio::test]
async fn without_front_channel_logout_there_is_no_such_address() {
    let agent = Agent::new(with(|settings| settings.logout.fcl = Switch::Off));
    let cookie = agent.begin("alice", Some("x")).await;
    assert_eq!(agent.ask(frame("?iss=http%3A%2F%2Fidp.test&sid=x")).await.status(), StatusCode::NOT_FOUND);
    assert!(agent.lives(&cookie).await);
}
