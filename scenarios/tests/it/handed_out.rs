//! The access token that a token-mediating backend hands to its page (RFC 10017 §6.2): how much it is worth.

use http::{Method, StatusCode};
use scenarios::stage::Stage;
use serde_json::{Value, json};
use url::Url;

use crate::visits::{at_the_mediator, called, handed_out};
use crate::world::tmb;

/// Signs alice in, and returns the token that her page gets, with what the provider tells the API of it.
async fn token_of_the_page(changes: &[(&str, &str)]) -> (Stage, String, Value) {
    let stage = tmb(changes);
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in");
    let access_token = handed_out(&mut user).await.expect("a token");
    let worth = stage.resource_server().introspect(&access_token).await.expect("an answer").json().expect("JSON");
    assert_eq!(called(&mut stage.spa_user(), &access_token).await, StatusCode::OK, "{worth}");
    (stage, access_token, worth)
}

/// Asks the provider who the user is, which takes a token for `openid` (OpenID Connect Core 1.0 §5.3).
async fn user_info(stage: &Stage, access_token: &str) -> StatusCode {
    let url = Url::parse(&format!("{}/userinfo", stage.testbed.origins.idp)).expect("an address");
    let bearer = format!("Bearer {access_token}");
    let answer = stage.thief().send(Method::GET, url, &[("authorization", &bearer)], None).await;
    answer.expect("an answer").status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_token_opens_the_public_api_and_nothing_else() {
    let (stage, access_token, worth) = token_of_the_page(&[]).await;
    assert_eq!((&worth["scope"], &worth["aud"]), (&json!("accounts"), &json!("accounts-api")), "{worth}");
    assert_eq!((&worth["username"], &worth["act"]["sub"]), (&json!("alice"), &json!("bff")), "{worth}");
    assert_eq!(user_info(&stage, &access_token).await, StatusCode::FORBIDDEN);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_token_is_the_sessions_own() {
    let (stage, access_token, worth) = token_of_the_page(&[("bff.handed_out_scope", "full")]).await;
    let scope: Vec<&str> = worth["scope"].as_str().expect("a scope").split(' ').collect();
    for granted in ["openid", "profile", "accounts", "offline_access"] {
        assert!(scope.contains(&granted), "{worth}");
    }
    assert!(worth.get("act").is_none(), "{worth}");
    assert_eq!(user_info(&stage, &access_token).await, StatusCode::OK, "it opens more than the page needs");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_followed_by_another_and_ends_with_the_session() {
    for scope in ["narrow", "full"] {
        let stage = tmb(&[("bff.handed_out_scope", scope)]);
        at_the_mediator(&stage).await;
        stage.end().await;
    }
}
