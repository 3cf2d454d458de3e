//! The user's own sessions over HTTP, the orders that are carried out once, and the places in which sessions are kept.

use std::time::Duration;

use axum::body::Body;
use hosting::Secret;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::agent::{Agent, config, handed, json_of, own, request, text};
use super::logout::beside;
use super::provider::Provider;
use crate::session::sample;
use crate::{CannotStart, SessionStore, Settings, Switch};

fn kept_in(store: SessionStore) -> Settings {
    let mut settings = Settings::default();
    settings.session.store = store;
    settings
}

async fn get(agent: &Agent, cookie: &str, path: &str) -> Response<Body> {
    agent.ask(own("GET", path).header(header::COOKIE, cookie)).await
}

async fn listed(agent: &Agent, cookie: &str) -> Vec<Value> {
    json_of(get(agent, cookie, "/bff/sessions").await).await["sessions"].as_array().unwrap().clone()
}

async fn end(agent: &Agent, cookie: &str, id: &Value) -> Response<Body> {
    let path = format!("/bff/sessions/{}", id.as_str().unwrap());
    agent.ask(own("DELETE", &path).header(header::COOKIE, cookie)).await
}

#[tokio::test]
async fn a_user_sees_own_sessions_and_which_one_asks() {
    let agent = Agent::new(Settings::default());
    let old = agent.begin("alice", None).await;
    agent.bff.handed.clock.advance(Duration::from_secs(60));
    let new = agent.begin("alice", None).await;
    agent.begin("bob", None).await;
    let sessions = listed(&agent, &new).await;
    assert_eq!(sessions.len(), 2);
    assert_eq!((&sessions[0]["current"], &sessions[1]["current"]), (&json!(true), &json!(false)));
    assert_eq!(sessions[0]["began_s"], json!(sessions[1]["began_s"].as_u64().unwrap() + 60));
    assert_eq!(listed(&agent, &old).await.iter().filter(|session| session["current"] == json!(true)).count(), 1);
}

#[tokio::test]
async fn a_session_that_is_ended_from_afar_has_its_tokens_revoked() {
    for (revoke, asked) in [(Switch::On, 2), (Switch::Off, 0)] {
        let provider = Provider::start();
        let mut settings = Settings::default();
        settings.logout.revoke = revoke;
        let agent = beside(&provider, settings);
        let (here, _there) = (agent.begin("alice", None).await, agent.begin("alice", None).await);
        let sessions = listed(&agent, &here).await;
        let id = &sessions.iter().find(|session| session["current"] == json!(false)).unwrap()["id"];
        assert_eq!(end(&agent, &here, id).await.status(), StatusCode::NO_CONTENT);
        assert_eq!(provider.asked("/revoke").len(), asked, "{revoke:?}");
    }
}

#[tokio::test]
async fn the_list_holds_no_credential() {
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", Some("the-sid")).await;
    let id = listed(&agent, &cookie).await[0]["id"].as_str().unwrap().to_owned();
    let body = text(get(&agent, &cookie, "/bff/sessions").await).await;
    let value = cookie.split_once('=').unwrap().1;
    for secret in [value, "the-sid", "\"access\"", "\"refresh\"", "id.token.hint"] {
        assert!(!body.contains(secret), "{secret} in {body}");
    }
    assert!(!value.contains(&id) && id.len() == 16);
    assert!(!agent.lives(&format!("__Host-Http-session={id}")).await, "the name opens nothing");
}

#[tokio::test]
async fn a_user_ends_own_sessions_and_nobody_elses() {
    let agent = Agent::new(Settings::default());
    let (here, there) = (agent.begin("alice", None).await, agent.begin("alice", None).await);
    let other = agent.begin("bob", None).await;
    let others = listed(&agent, &other).await[0]["id"].clone();
    assert_eq!(end(&agent, &here, &others).await.status(), StatusCode::NOT_FOUND);
    assert!(agent.lives(&other).await);
    let sessions = listed(&agent, &here).await;
    let id = &sessions.iter().find(|session| session["current"] == json!(false)).unwrap()["id"];
    assert_eq!(end(&agent, &here, id).await.status(), StatusCode::NO_CONTENT);
    assert!(!agent.lives(&there).await && agent.lives(&here).await);
    assert_eq!(end(&agent, &here, id).await.status(), StatusCode::NOT_FOUND, "it has ended already");
}

#[tokio::test]
async fn the_session_that_asks_can_end_itself() {
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", None).await;
    let id = listed(&agent, &cookie).await[0]["id"].clone();
    let response = end(&agent, &cookie, &id).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert!(response.headers()[header::SET_COOKIE].to_str().unwrap().starts_with("__Host-Http-session=; "));
    assert!(!agent.lives(&cookie).await);
}

#[tokio::test]
async fn another_page_ends_no_session() {
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", None).await;
    let id = listed(&agent, &cookie).await[0]["id"].as_str().unwrap().to_owned();
    let forged = request("DELETE", &format!("/bff/sessions/{id}")).header(header::COOKIE, &cookie);
    assert_eq!(agent.ask(forged).await.status(), StatusCode::FORBIDDEN);
    assert!(agent.lives(&cookie).await);
}

#[tokio::test]
async fn a_sealed_session_is_all_that_the_server_knows_of() {
    let agent = Agent::new(kept_in(SessionStore::SealedCookie));
    agent.begin("alice", None).await;
    let cookie = agent.begin("alice", None).await;
    let sessions = listed(&agent, &cookie).await;
    assert_eq!((sessions.len(), &sessions[0]["current"]), (1, &json!(true)));
}

#[tokio::test]
async fn the_page_is_told_when_its_session_ends_and_can_look_without_using_it() {
    let agent = Agent::new(Settings::default());
    let clock = &agent.bff.handed.clock;
    let (cookie, began_s) = (agent.begin("alice", None).await, clock.now_s());
    clock.advance(Duration::from_secs(600));
    let user = json_of(get(&agent, &cookie, "/bff/user?slide=false").await).await;
    assert_eq!((&user["name"], &user["signed_in"]), (&json!("alice"), &json!(true)));
    assert_eq!((&user["idles_out_s"], &user["ends_s"]), (&json!(began_s + 1_800), &json!(began_s + 28_800)));
    let user = json_of(get(&agent, &cookie, "/bff/user").await).await;
    assert_eq!(user["idles_out_s"], json!(began_s + 2_400), "this one was use");
    for _ in 0..3 {
        clock.advance(Duration::from_secs(599));
        assert_eq!(get(&agent, &cookie, "/bff/user?slide=false").await.status(), StatusCode::OK);
    }
    clock.advance(Duration::from_secs(3));
    assert_eq!(get(&agent, &cookie, "/bff/user?slide=false").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_restart_signs_nobody_out_where_sessions_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let (mut config, handed) = (config(), handed());
    config.storage.file = Some(folder.path().join("sessions"));
    let start = || Agent::with(config.clone(), kept_in(SessionStore::Embedded), handed.clone());
    let agent = start();
    let (kept, ended) = (agent.begin("alice", Some("x")).await, agent.begin("alice", Some("y")).await);
    agent.bff.sessions.end_by_sid("y").await.unwrap();
    drop(agent);
    let agent = start();
    assert!(agent.lives(&kept).await && !agent.lives(&ended).await);
    assert_eq!(listed(&agent, &kept).await.len(), 1);
}

#[tokio::test]
async fn a_place_that_is_not_given_is_named_at_the_start() {
    let refused = |store| match crate::app(config(), kept_in(store), handed()) {
        Err(CannotStart::Storage(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it has started"),
    };
    assert!(refused(SessionStore::Embedded).contains("storage.file"));
    assert!(refused(SessionStore::Redis).contains("storage.redis"));
}

#[tokio::test]
async fn a_store_that_does_not_answer_refuses_everybody_and_signs_nobody_in() {
    let mut config = config();
    config.storage.redis = Some(Secret::new("redis://127.0.0.1:1"));
    config.storage.key = Some([7; 32]);
    let agent = Agent::with(config, kept_in(SessionStore::Redis), handed());
    let response = get(&agent, "__Host-Http-session=x", "/api/accounts").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let begun = agent.bff.sessions.begin(&http::HeaderMap::new(), sample("alice", None, 0)).await;
    assert_eq!(begun.unwrap_err().status, StatusCode::SERVICE_UNAVAILABLE);
}

/// Sends a transfer of alice's under a name.
async fn transfer(agent: &Agent, cookie: &str, name: &str, amount: u64) -> (StatusCode, Value) {
    let order = own("POST", "/api/transfers")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", name);
    let body = json!({ "from": "alice-current", "to": "bob-current", "amount": amount }).to_string();
    let response = agent.send(order, &body).await;
    (response.status(), json_of(response).await["transfer"].clone())
}

#[tokio::test]
async fn an_order_with_a_name_is_carried_out_once() {
    let agent = Agent::new(Settings::default());
    let cookie = agent.begin("alice", None).await;
    for _ in 0..3 {
        assert_eq!(transfer(&agent, &cookie, "a", 10).await, (StatusCode::OK, json!(1)));
    }
    assert_eq!(agent.bff.ledger.transfers(), 1);
    assert_eq!(transfer(&agent, &cookie, "a", 11).await.0, StatusCode::UNPROCESSABLE_ENTITY, "another order");
    assert_eq!(transfer(&agent, &cookie, "b", 10).await, (StatusCode::OK, json!(2)));
    assert_eq!(transfer(&agent, &cookie, "c", 100_000).await.0, StatusCode::CONFLICT);
    assert_eq!(transfer(&agent, &cookie, "c", 10).await, (StatusCode::OK, json!(3)), "it was declined before");
    assert_eq!(transfer(&agent, &cookie, "", 10).await.0, StatusCode::BAD_REQUEST);
}
