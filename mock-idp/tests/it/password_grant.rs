//! A user's own password for tokens (RFC 6749 §4.3), which is there only where a deployment asks for the mistake.

use axum::http::StatusCode;
use mock_idp::{Allowed, AuthMethod, Settings, Switch};
use serde_json::json;

use crate::agent::{ASSERTION_TYPE, Agent, Answer, DpopKey, credentials};

/// A provider whose application may use the grant as far as its registration is concerned.
fn provider(password_grant: Allowed) -> Agent {
    let agent = Agent::new(Settings { password_grant, ..Settings::default() });
    agent.change_client("bff", |client| client.grant_types.push("password".to_owned()));
    agent
}

/// Asks in a user's name; what is given here replaces, and an empty value takes away.
async fn ask(agent: &Agent, client_id: &str, changes: &[(&str, &str)]) -> Answer {
    let mut form = vec![("grant_type", "password"), ("username", "alice"), ("password", "alice-password")];
    form.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    form.extend_from_slice(changes);
    form.extend(credentials(client_id));
    agent.call("/token", &form).await
}

async fn grants(agent: &mut Agent) -> Vec<String> {
    let document = agent.get("/.well-known/openid-configuration", &[]).await.json();
    serde_json::from_value(document["grant_types_supported"].clone()).unwrap()
}

#[tokio::test]
async fn the_grant_is_not_supported_unless_it_is_allowed() {
    let mut agent = provider(Allowed::No);
    let answer = ask(&agent, "bff", &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "unsupported_grant_type"));
    assert!(!grants(&mut agent).await.contains(&"password".to_owned()));
    assert_eq!(agent.issued(), [0; 5]);
    assert!(grants(&mut provider(Allowed::Yes)).await.contains(&"password".to_owned()));
}

#[tokio::test]
async fn a_password_gives_an_access_token_alone() {
    let agent = provider(Allowed::Yes);
    let answer = ask(&agent, "bff", &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let json = answer.json();
    assert_eq!((json.get("refresh_token"), json.get("id_token")), (None, None), "{json}");
    let known = agent.introspect(&answer.member("access_token")).await;
    assert_eq!((&known["sub"], &known["client_id"]), (&json!("sub-alice"), &json!("bff")));
    assert_eq!(known.get("sid"), None, "there is no session");
    assert_eq!(agent.control.counts().sessions, 0);
}

#[tokio::test]
async fn a_scope_can_be_narrowed_and_never_widened() {
    let agent = provider(Allowed::Yes);
    assert_eq!(ask(&agent, "bff", &[("scope", "accounts")]).await.member("scope"), "accounts");
    let before = agent.issued();
    assert_eq!(ask(&agent, "bff", &[("scope", "accounts admin")]).await.error(), "invalid_scope");
    assert_eq!(ask(&agent, "bff", &[("resource", "orders-api")]).await.error(), "invalid_target");
    assert_eq!(agent.issued(), before);
}

/// Source: RFC 6749 §5.2, `invalid_grant`; one answer, so that nobody learns which names there are.
#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_one_answer() {
    let agent = provider(Allowed::Yes);
    agent.change_user("bob", |bob| bob.disabled = true).await;
    let bob = [("username", "bob"), ("password", "bob-password")];
    let rows: [&[(&str, &str)]; 4] =
        [&[("password", "wrong")], &[("username", "nobody")], &[("username", "Alice")], &bob];
    let mut descriptions = Vec::new();
    for changes in rows {
        let answer = ask(&agent, "bff", changes).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_grant"), "{changes:?}");
        descriptions.push(answer.description());
    }
    descriptions.dedup();
    assert_eq!(descriptions.len(), 1, "{descriptions:?}");
    assert_eq!(agent.issued(), [0; 5]);
}

#[tokio::test]
async fn a_request_names_user_and_password() {
    let agent = provider(Allowed::Yes);
    for name in ["username", "password"] {
        let answer = ask(&agent, "bff", &[(name, "")]).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"), "{name}");
        assert!(answer.description().contains(name), "{}", answer.description());
    }
}

#[tokio::test]
async fn a_client_needs_permission() {
    let agent = provider(Allowed::Yes);
    for client_id in ["spa", "gateway"] {
        assert_eq!(ask(&agent, client_id, &[]).await.error(), "unauthorized_client", "{client_id}");
    }
}

/// Source: FAPI 2.0 Security Profile §5.3.2.1.
#[tokio::test]
async fn the_profile_never_takes_a_password() {
    let settings = Settings { fapi: Switch::On, password_grant: Allowed::Yes, ..Settings::default() };
    let mut agent = Agent::new(settings);
    let key = DpopKey::generate();
    agent.change_client("bff", |client| {
        client.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        client.jwks = Some(json!({"keys": [key.jwk()]}));
        client.grant_types.push("password".to_owned());
    });
    let assertion = key.assertion("bff", agent.control.now_s());
    let form = [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", "alice-password"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &assertion),
    ];
    let answer = agent.call("/token", &form).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "unsupported_grant_type"));
    assert!(!grants(&mut agent).await.contains(&"password".to_owned()));
    assert_eq!(agent.issued(), [0; 5]);
}
