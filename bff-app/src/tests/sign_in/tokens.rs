//! What the page is handed, and how little it can do.

use axum::body::Body;
use hosting::Origin;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::idp::Idp;
use crate::tests::agent::{Agent, config, json_of, own};
use crate::{HandedOut, HandedOutScope, PublicApi, Settings};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

fn settings(handed_out: HandedOut, handed_out_scope: HandedOutScope) -> Settings {
    Settings { handed_out, handed_out_scope, ..Settings::default() }
}

fn agent(idp: &Idp, settings: Settings) -> Agent {
    let mut config = config();
    config.public_api = Some(PublicApi {
        origin: Origin::parse("https://api.test").unwrap(),
        audience: "https://api.test".to_owned(),
        scope: "accounts".to_owned(),
    });
    Agent::with(config, settings, idp.handed.clone())
}

async fn asked(agent: &Agent) -> Response<Body> {
    let cookie = agent.begin("alice", None).await;
    agent.ask(own("GET", "/bff/tokens").header(header::COOKIE, cookie)).await
}

async fn handed(idp: &Idp, settings: Settings) -> Value {
    let response = asked(&agent(idp, settings)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    json_of(response).await
}

#[tokio::test]
async fn nothing_is_handed_out_unless_the_switch_says_so() {
    let idp = Idp::start();
    assert_eq!(asked(&agent(&idp, Settings::default())).await.status(), StatusCode::NOT_FOUND);
    let nobody = agent(&idp, settings(HandedOut::AccessToken, HandedOutScope::Narrow));
    assert_eq!(nobody.ask(own("GET", "/bff/tokens")).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_handed_out_token_is_exchanged_for_the_public_api_alone() {
    let idp = Idp::start();
    idp.plan(|plan| plan.metadata = json!({ "grant_types_supported": [EXCHANGE] }));
    let handed = handed(&idp, settings(HandedOut::AccessToken, HandedOutScope::Narrow)).await;
    let ends = idp.handed.clock.now_s() + 300;
    assert_eq!(handed, json!({ "access_token": "exchanged-token", "expires_at": ends, "api": "https://api.test" }));
    let asked = idp.asked("/token")[0].clone();
    assert_eq!((asked.get("subject_token"), asked.get("audience")), (Some("access"), Some("https://api.test")));
    assert_eq!(asked.get("scope"), Some("accounts"));
}

#[tokio::test]
async fn where_nothing_is_exchanged_a_refresh_asks_for_less_and_the_session_goes_on() {
    let idp = Idp::start();
    let agent = agent(&idp, settings(HandedOut::AccessToken, HandedOutScope::Narrow));
    let cookie = agent.begin("alice", None).await;
    let ask = || agent.ask(own("GET", "/bff/tokens").header(header::COOKIE, cookie.as_str()));
    assert_eq!(json_of(ask().await).await["access_token"], "refreshed-token");
    // Two at once: each uses the refresh token that the other was given.
    let (one, two) = tokio::join!(ask(), ask());
    assert_eq!((one.status(), two.status()), (StatusCode::OK, StatusCode::OK));
    let used: Vec<String> =
        idp.asked("/token").iter().map(|asked| asked.get("refresh_token").unwrap().to_owned()).collect();
    assert_eq!(used, ["refresh", "next-refresh-token", "next-refresh-token"]);
    assert_eq!(idp.asked("/token")[0].get("resource"), Some("https://api.test"));
    assert!(agent.lives(&cookie).await);
}

#[tokio::test]
async fn where_nothing_can_be_narrowed_nothing_is_handed_out() {
    let narrow = || settings(HandedOut::AccessToken, HandedOutScope::Narrow);
    let idp = Idp::start();
    idp.plan(|plan| plan.instead = vec![(400, json!({ "error": "invalid_target" }))].into());
    let nameless = Agent::with(config(), narrow(), idp.handed.clone());
    for agent in [agent(&idp, narrow()), nameless] {
        let refused = asked(&agent).await;
        assert_eq!(refused.status(), StatusCode::NOT_IMPLEMENTED);
        let detail = json_of(refused).await["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("bff.handed_out_scope = full"), "{detail}");
    }
}

#[tokio::test]
async fn a_refresh_token_that_has_ended_ends_the_session_where_it_is_narrowed_too() {
    let idp = Idp::start();
    idp.plan(|plan| plan.instead = vec![(400, json!({ "error": "invalid_grant" }))].into());
    let agent = agent(&idp, settings(HandedOut::AccessToken, HandedOutScope::Narrow));
    let cookie = agent.begin("alice", None).await;
    let refused = agent.ask(own("GET", "/bff/tokens").header(header::COOKIE, &cookie)).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(!agent.lives(&cookie).await);
}

#[tokio::test]
async fn a_refusal_of_the_exchange_hands_out_nothing() {
    let idp = Idp::start();
    idp.plan(|plan| {
        plan.metadata = json!({ "grant_types_supported": [EXCHANGE] });
        plan.instead = vec![(400, json!({ "error": "invalid_target" }))].into();
    });
    let refused = asked(&agent(&idp, settings(HandedOut::AccessToken, HandedOutScope::Narrow))).await;
    assert_eq!(refused.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn the_weak_variants_hand_out_what_the_session_has() {
    let idp = Idp::start();
    let full = handed(&idp, settings(HandedOut::AccessToken, HandedOutScope::Full)).await;
    assert_eq!((&full["access_token"], full.get("refresh_token")), (&json!("access"), None));
    let all = handed(&idp, settings(HandedOut::All, HandedOutScope::Narrow)).await;
    assert_eq!((&all["refresh_token"], &all["id_token"]), (&json!("refresh"), &json!("id.token.hint")));
    assert!(idp.asked("/token").is_empty());
}
