//! With which credential the APIs behind the BFF are called, what they learn from it, and what a copy of it is worth.

use http::{Method, StatusCode};
use scenarios::actors::bff_user::BffUser;
use scenarios::actors::relying_party::RelyingParty;
use scenarios::stage::Stage;
use serde_json::{Value, json};
use url::Url;

use crate::visits::PASSED_ON;
use crate::world::{asked, bff, header};

/// What an API saw of a call.
struct Seen {
    /// For whom it answered.
    owner: String,
    scheme: String,
    /// What the journal calls the access token.
    label: String,
    access_token: String,
}

/// Calls an API as the page does, and returns what it saw of the call that it answered.
async fn call(stage: &Stage, user: &mut BffUser, path: &str, name: &str) -> Seen {
    let answer = user.call(Method::GET, path, None).await.expect("an answer");
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let arrived = asked(stage, path.trim_start_matches("/api")).pop().expect("the call reaches the API");
    let authorization = header(&arrived, "authorization").expect("a credential");
    let label = arrived.sent.iter().find(|label| label.starts_with("at#")).expect("an access token").clone();
    let minted = stage.testbed.credentials.all();
    let found = minted.into_iter().find(|(_, known, _)| *known == label).expect("whatever is labelled is known");
    Seen {
        owner: answer.json().expect("JSON")[name][0]["owner"].as_str().expect("an owner").to_owned(),
        scheme: authorization.split(' ').next().unwrap_or_default().to_owned(),
        access_token: found.2.expose().to_owned(),
        label,
    }
}

/// Returns what the journal calls the access token of the sign-in.
fn token_of_the_sign_in(stage: &Stage) -> String {
    let requests = asked(stage, "/token");
    let signed_in = requests.iter().find(|request| {
        let body = request.request_body.as_deref().unwrap_or_default();
        request.status == Some(200) && body.contains("grant_type=authorization_code")
    });
    let received = &signed_in.expect("a code is redeemed").received;
    received.iter().find(|label| label.starts_with("at#")).expect("an access token").clone()
}

/// Asks the provider what a token is worth to an API.
async fn worth_to(stage: &Stage, api: &'static str, access_token: &str) -> Value {
    let testbed = &stage.testbed;
    let (secret, idp) = (Some(testbed.secrets.api.clone()), &testbed.origins.idp);
    let mut server = RelyingParty::new(stage.user_agent(), stage.auditor(), idp, api, secret, String::new());
    server.introspect(access_token).await.expect("an answer").json().expect("JSON")
}

/// Uses a copy of a token at the private API, as somebody does who has got that far.
async fn copied(stage: &Stage, access_token: &str) -> StatusCode {
    let url = Url::parse(&format!("{}/orders/list", stage.testbed.origins.downstream)).expect("an address");
    let bearer = format!("Bearer {access_token}");
    let answer = stage.thief().send(Method::GET, url, &[("authorization", &bearer)], None).await;
    answer.expect("an answer").status
}

async fn signed_in(changes: &[(&str, &str)]) -> (Stage, BffUser) {
    let stage = bff(changes);
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in");
    (stage, user)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_own_token_is_relayed() {
    let (stage, mut user) = signed_in(&[("bff.downstream", "relay")]).await;
    let seen = call(&stage, &mut user, PASSED_ON, "orders").await;
    assert_eq!((seen.owner.as_str(), seen.scheme.as_str()), ("alice", "Bearer"));
    assert_eq!(seen.label, token_of_the_sign_in(&stage));
    let worth = worth_to(&stage, "api", &seen.access_token).await;
    assert_eq!((&worth["aud"], &worth["client_id"]), (&json!("accounts-api"), &json!("bff")), "{worth}");
    assert!(worth.get("act").is_none() && worth.get("cnf").is_none(), "{worth}");
    assert_eq!(copied(&stage, &seen.access_token).await, StatusCode::OK, "it is worth the same to a thief");
    let refused = user.call(Method::GET, "/api/payments", None).await.expect("an answer");
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "it is not for the second API");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_api_gets_an_exchanged_token_of_its_own() {
    let (stage, mut user) = signed_in(&[("bff.downstream", "exchange")]).await;
    let orders = call(&stage, &mut user, PASSED_ON, "orders").await;
    let payments = call(&stage, &mut user, "/api/payments", "payments").await;
    assert_eq!((orders.owner.as_str(), payments.owner.as_str()), ("alice", "alice"));
    let own = token_of_the_sign_in(&stage);
    assert!(orders.label != own && payments.label != own && orders.label != payments.label);
    for (api, seen, audience) in [("api", &orders, "accounts-api"), ("payments", &payments, "payments-api")] {
        let worth = worth_to(&stage, api, &seen.access_token).await;
        assert_eq!((&worth["active"], &worth["aud"]), (&json!(true), &json!(audience)), "{worth}");
        assert_eq!((&worth["username"], &worth["act"]["sub"]), (&json!("alice"), &json!("bff")), "{worth}");
    }
    for (api, foreign) in [("api", &payments), ("payments", &orders)] {
        let worth = worth_to(&stage, api, &foreign.access_token).await;
        assert_eq!(worth["active"], false, "the token of one API says nothing to the other");
    }
    assert_eq!(copied(&stage, &payments.access_token).await, StatusCode::UNAUTHORIZED);
    let again = call(&stage, &mut user, PASSED_ON, "orders").await;
    assert_eq!(again.label, orders.label, "it is kept for the next call");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technical_user_hides_who_calls() {
    let (stage, mut user) = signed_in(&[("bff.downstream", "password")]).await;
    let orders = call(&stage, &mut user, PASSED_ON, "orders").await;
    let payments = call(&stage, &mut user, "/api/payments", "payments").await;
    assert_eq!((orders.owner.as_str(), payments.owner.as_str()), ("technical", "technical"));
    assert_ne!(orders.label, token_of_the_sign_in(&stage));
    let mut other = stage.bff_user();
    other.sign_in("bob").await.expect("bob signs in");
    let of_other = call(&stage, &mut other, PASSED_ON, "orders").await;
    assert_eq!((of_other.owner, of_other.label), (orders.owner, orders.label), "one token serves everybody");
    user.sign_out().await.expect("alice signs out");
    other.sign_out().await.expect("bob signs out");
    let worth = worth_to(&stage, "api", &orders.access_token).await;
    assert_eq!((&worth["active"], &worth["sub"]), (&json!(true), &json!("sub-technical")), "no sign-out ends it");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_bound_to_the_certificate_is_worth_nothing_without_it() {
    let (stage, mut user) = signed_in(&[("bff.downstream", "certificate")]).await;
    let seen = call(&stage, &mut user, PASSED_ON, "orders").await;
    assert_eq!((seen.owner.as_str(), seen.scheme.as_str()), ("alice", "Bearer"));
    assert_eq!(seen.label, token_of_the_sign_in(&stage));
    let worth = worth_to(&stage, "api", &seen.access_token).await;
    assert!(worth["cnf"]["x5t#S256"].is_string(), "{worth}");
    assert_eq!(copied(&stage, &seen.access_token).await, StatusCode::UNAUTHORIZED);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_bound_to_a_key_is_worth_nothing_without_it() {
    for downstream in ["relay", "exchange"] {
        let (stage, mut user) = signed_in(&[("wire.sender_constraint", "dpop"), ("bff.downstream", downstream)]).await;
        let seen = call(&stage, &mut user, PASSED_ON, "orders").await;
        assert_eq!((seen.owner.as_str(), seen.scheme.as_str()), ("alice", "DPoP"), "{downstream}");
        let worth = worth_to(&stage, "api", &seen.access_token).await;
        assert!(worth["cnf"]["jkt"].is_string(), "{downstream}: {worth}");
        assert_eq!(copied(&stage, &seen.access_token).await, StatusCode::UNAUTHORIZED, "{downstream}");
        stage.end().await;
    }
}
