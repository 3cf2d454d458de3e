//! What an administrator does takes effect in the protocol.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::super::lies::MOST_ARMED;
use super::play::{ISSUER, Play, part, public_client, user};
use crate::{ArmedLie, IdTokenLie, Lie, Times};

#[tokio::test]
async fn the_tokens_of_an_ended_session_are_inactive() {
    let play = Play::new();
    let tokens = play.sign_in().await;
    assert!(play.is_active(&tokens.access).await);
    let sessions = play.done("GET", "/sessions", None).await;
    assert_eq!((&sessions[0]["username"], &sessions[0]["clients"]), (&json!("alice"), &json!(["app"])));
    let sid = sessions[0]["sid"].as_str().unwrap();
    assert_eq!(sid, part(&tokens.id, 1)["sid"]);
    let notified = play.done("DELETE", &format!("/sessions/{sid}"), None).await;
    assert_eq!(notified, json!([{"client_id": "app", "status": null, "attempts": 3}]));
    assert!(!play.is_active(&tokens.access).await);
    assert_eq!(play.done("GET", "/sessions", None).await, json!([]));
    assert_eq!(play.ask("DELETE", &format!("/sessions/{sid}"), None).await.status.as_u16(), 404);
}

#[tokio::test]
async fn every_session_of_a_user_ends() {
    let play = Play::new();
    let tokens = [play.sign_in().await, play.sign_in().await];
    let notified = play.done("POST", "/users/alice/end-sessions", None).await;
    assert_eq!(notified.as_array().unwrap().len(), 2);
    for tokens in tokens {
        assert!(!play.is_active(&tokens.access).await);
    }
}

#[tokio::test]
async fn what_nobody_took_is_sent_again() {
    let play = Play::new();
    play.sign_in().await;
    assert_eq!(play.done("POST", "/logout-tokens/redeliver", None).await, json!([]));
    let notified = play.done("POST", "/users/alice/end-sessions", None).await;
    assert_eq!(play.done("POST", "/logout-tokens/redeliver", None).await, notified);
}

#[tokio::test]
async fn a_disabled_user_cannot_sign_in_and_has_no_token() {
    let play = Play::new();
    let tokens = play.sign_in().await;
    let notified = play.done("POST", "/users/alice/disable", None).await;
    assert_eq!(notified[0]["client_id"], "app");
    assert!(!play.is_active(&tokens.access).await);
    assert_eq!(play.code("alice", "alice-password").await, None);
    assert!(play.code("bob", "bob-password").await.is_some());
    let users = play.done("GET", "/users", None).await;
    assert_eq!((&users[0]["username"], &users[0]["disabled"]), (&json!("alice"), &json!(true)));
}

#[tokio::test]
async fn introspection_says_a_changed_role_at_once() {
    let play = Play::new();
    let tokens = play.sign_in().await;
    assert_eq!(play.introspect(&tokens.access).await["roles"], json!(["reader"]));
    let changed = play.done("PUT", "/users/alice/roles", Some(&json!({"roles": ["writer", "auditor"]}))).await;
    assert_eq!(changed["roles"], json!(["writer", "auditor"]));
    assert_eq!(play.introspect(&tokens.access).await["roles"], json!(["writer", "auditor"]));
}

#[tokio::test]
async fn a_changed_password_ends_what_the_old_one_began() {
    let play = Play::new();
    let tokens = play.sign_in().await;
    play.done("PUT", "/users/alice/password", Some(&json!({"password": "another"}))).await;
    assert!(!play.is_active(&tokens.access).await);
    assert_eq!(play.code("alice", "alice-password").await, None);
    assert!(play.code("alice", "another").await.is_some());
}

#[tokio::test]
async fn a_registered_user_can_sign_in() {
    let play = Play::new();
    play.done("PUT", "/users/sub-carol", Some(&user("sub-carol", "carol"))).await;
    assert!(play.code("carol", "a-new-password").await.is_some());
    let refused = play.ask("PUT", "/users/sub-dave", Some(&user("sub-dave", "carol"))).await;
    assert!(refused.body["error"].as_str().unwrap().contains("sub-carol"), "{}", refused.body);
    let refused = play.ask("PUT", "/users/sub-dave", Some(&user("sub-carol", "carol"))).await;
    assert_eq!(refused.status.as_u16(), 422);
}

#[tokio::test]
async fn the_tokens_of_a_removed_client_are_inactive() {
    let play = Play::new();
    let tokens = play.sign_in().await;
    let left = play.done("DELETE", "/clients/app", None).await;
    assert_eq!((left.as_array().unwrap().len(), &left[0]["client_id"]), (1, &json!("api")));
    assert!(!play.is_active(&tokens.access).await);
    play.done("PUT", "/clients/app", Some(&public_client("app"))).await;
    assert_eq!(play.done("GET", "/clients", None).await[1]["token_endpoint_auth_method"], "none");
}

#[tokio::test]
async fn an_old_id_token_verifies_until_its_key_is_withdrawn() {
    let play = Play::new();
    let tokens = play.sign_in().await;
    assert!(verifies(&play.done("GET", "/keys", None).await, &tokens.id));
    let rotated = play.done("POST", "/keys/rotate", None).await;
    assert_eq!(rotated["keys"].as_array().unwrap().len(), 2);
    assert!(verifies(&rotated, &tokens.id));
    let left = play.done("POST", "/keys/withdraw-replaced", None).await;
    assert!(!verifies(&left, &tokens.id));
    assert!(verifies(&left, &play.sign_in().await.id));
}

/// Tells whether a published key verifies an ID token.
fn verifies(keys: &Value, jwt: &str) -> bool {
    let keys: JwkSet = serde_json::from_value(keys.clone()).unwrap();
    let kid = jsonwebtoken::decode_header(jwt).unwrap().kid.unwrap();
    let Some(key) = keys.find(&kid) else { return false };
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["app"]);
    validation.set_issuer(&[ISSUER]);
    jsonwebtoken::decode::<Value>(jwt, &DecodingKey::from_jwk(key).unwrap(), &validation).is_ok()
}

#[tokio::test]
async fn the_next_id_token_is_the_armed_lie() {
    let play = Play::new();
    let lie = json!({"lie": "id-token.alg-none", "client_id": "app"});
    let armed = play.done("POST", "/lies/armed", Some(&lie)).await;
    assert_eq!(armed, json!([{"lie": "id-token.alg-none", "client_id": "app", "times": "once"}]));
    assert_eq!(part(&play.sign_in().await.id, 0)["alg"], "none");
    assert_eq!(part(&play.sign_in().await.id, 0)["alg"], "ES256");
    assert_eq!(play.done("GET", "/lies/armed", None).await, json!([]));
}

#[tokio::test]
async fn a_disarmed_lie_is_not_told() {
    let play = Play::new();
    play.done("POST", "/lies/armed", Some(&json!({"lie": "id-token.alg-none", "times": "until-disarmed"}))).await;
    assert_eq!(play.done("DELETE", "/lies/armed", None).await, json!([]));
    assert_eq!(part(&play.sign_in().await.id, 0)["alg"], "ES256");
    let refused = play.ask("POST", "/lies/armed", Some(&json!({"lie": "id-token.alg-none", "client_id": "aps"}))).await;
    assert_eq!(refused.status.as_u16(), 422);
}

#[tokio::test]
async fn tokens_expire_when_the_clock_is_moved() {
    let play = Play::new();
    let tokens = play.sign_in().await;
    let before = play.done("GET", "/clock", None).await["now_s"].as_u64().unwrap();
    assert_eq!(play.done("POST", "/clock/advance", Some(&json!({"seconds": 300}))).await, json!([]));
    assert!(!play.is_active(&tokens.access).await);
    assert!(play.done("GET", "/clock", None).await["now_s"].as_u64().unwrap() >= before + 300);
    let refused = play.ask("POST", "/clock/advance", Some(&json!({"seconds": u64::MAX}))).await;
    assert!(refused.body["hint"].as_str().unwrap().contains("at most"), "{}", refused.body);
}

#[tokio::test]
async fn events_are_in_order_and_have_times() {
    let play = Play::new();
    let tokens = play.sign_in().await;
    play.introspect(&tokens.access).await;
    let last = play.done("GET", "/events", None).await.as_array().unwrap().len();
    play.done("POST", "/clock/advance", Some(&json!({"seconds": 10}))).await;
    play.done("POST", "/users/alice/end-sessions", None).await;
    let events = play.done("GET", "/events?after=0", None).await;
    let events = events.as_array().unwrap();
    let numbers: Vec<u64> = events.iter().map(|event| event["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=u64::try_from(events.len()).unwrap()).collect::<Vec<_>>());
    assert!(events.is_sorted_by_key(|event| event["at_ms"].as_u64().unwrap()));
    let names: Vec<&str> = events.iter().map(|event| event["happened"].as_str().unwrap()).collect();
    let mut rest = names.iter();
    for expected in
        ["signed-in", "issued", "used", "introspected", "administered", "session-ended", "logout-undelivered"]
    {
        assert!(rest.any(|name| *name == expected), "{expected} is not there in order: {names:?}");
    }
    let at = |name: &str| events[names.iter().position(|known| *known == name).unwrap()]["at_ms"].as_u64().unwrap();
    assert!(at("session-ended") >= at("introspected") + 10_000);
    let later = play.done("GET", &format!("/events?after={last}"), None).await;
    assert_eq!(later[0]["n"].as_u64().unwrap(), numbers[last]);
    assert!(!events.iter().any(|event| event.to_string().contains(&tokens.access)), "no event carries a token");
}

#[tokio::test]
async fn lies_are_disarmed_by_name_by_client_or_all_at_once() {
    let play = Play::new();
    let armed = |list: &Value| -> Vec<String> {
        let name =
            |lie: &Value| format!("{} {}", lie["lie"].as_str().unwrap(), lie["client_id"].as_str().unwrap_or("*"));
        list.as_array().unwrap().iter().map(name).collect()
    };
    for (lie, client_id) in [("revocation.never", json!("app")), ("dpop.replays-accepted", Value::Null)] {
        let lie = json!({"lie": lie, "client_id": client_id, "times": "until-disarmed"});
        play.done("POST", "/lies/armed", Some(&lie)).await;
        play.done("POST", "/lies/armed", Some(&lie)).await;
    }
    let left = play.done("DELETE", "/lies/armed?client_id=app", None).await;
    assert_eq!(armed(&left), ["dpop.replays-accepted *", "dpop.replays-accepted *"]);
    let left = play.done("DELETE", "/lies/armed?lie=revocation.never", None).await;
    assert_eq!(armed(&left).len(), 2);
    assert_eq!(play.ask("DELETE", "/lies/armed?lie=revocation.nevr", None).await.status.as_u16(), 400);
    assert_eq!(play.done("DELETE", "/lies/armed?lie=dpop.replays-accepted", None).await, json!([]));
    play.done("DELETE", "/lies/armed?lie=revocation.never&client_id=app", None).await;
    let events = play.done("GET", "/events", None).await;
    let details = events.as_array().unwrap().iter().filter_map(|event| event["detail"].as_str());
    let disarmed: Vec<&str> = details.filter_map(|detail| detail.strip_prefix("disarm ")).collect();
    let expected = [
        "every lie for the client app",
        "revocation.never",
        "dpop.replays-accepted",
        "revocation.never for the client app",
    ];
    assert_eq!(disarmed, expected);
}

#[tokio::test]
async fn a_client_whose_identifier_is_a_number_can_be_named_in_a_query() {
    let play = Play::new();
    play.done("PUT", "/clients/12345", Some(&public_client("12345"))).await;
    play.done("POST", "/lies/armed", Some(&json!({"lie": "id-token.alg-none", "client_id": "12345"}))).await;
    assert_eq!(play.done("DELETE", "/lies/armed?client_id=12345", None).await, json!([]));
}

#[tokio::test]
async fn no_more_than_a_thousand_lies_are_armed() {
    let play = Play::new();
    for _ in 1..MOST_ARMED {
        let lie = Lie::IdToken(IdTokenLie::AlgNone);
        play.control.arm(ArmedLie { lie, client_id: None, times: Times::UntilDisarmed });
    }
    let lie = json!({"lie": "id-token.alg-none"});
    assert_eq!(play.done("POST", "/lies/armed", Some(&lie)).await.as_array().unwrap().len(), MOST_ARMED);
    let refused = play.ask("POST", "/lies/armed", Some(&lie)).await;
    assert_eq!(refused.status.as_u16(), 409);
    assert!(refused.body["hint"].as_str().unwrap().contains("DELETE /lies/armed"), "{}", refused.body);
    assert_eq!(play.control.armed().len(), MOST_ARMED);
}

#[tokio::test]
async fn nothing_of_a_removed_client_is_left() {
    let play = Play::new();
    play.leave_everything_waiting().await;
    let tokens = play.sign_in().await;
    play.done("POST", "/lies/armed", Some(&json!({"lie": "id-token.alg-none", "client_id": "app"}))).await;
    let of_clients = ["codes", "grants", "pending", "pushed", "questions", "confirmations", "undelivered", "armed"];
    let before = play.done("GET", "/counts", None).await;
    for name in of_clients {
        assert_ne!(before[name], 0, "{name}");
    }
    let app = play.done("DELETE", "/clients/app", None).await;
    assert!(app.as_array().unwrap().iter().all(|client| client["client_id"] != "app"));
    let after = play.done("GET", "/counts", None).await;
    for name in of_clients {
        assert_eq!(after[name], 0, "{name}");
    }
    assert_eq!(play.done("POST", "/logout-tokens/redeliver", None).await, json!([]));
    assert!(!play.is_active(&tokens.access).await);
    let sessions = play.done("GET", "/sessions", None).await;
    assert!(sessions.as_array().unwrap().iter().all(|session| session["clients"] == json!([])), "{sessions}");
}
