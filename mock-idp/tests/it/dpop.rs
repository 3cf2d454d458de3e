//! Tokens that are bound to the key of their holder (RFC 9449).

mod checks;

use std::time::Duration;

use axum::http::{StatusCode, header};
use mock_idp::{AccessTokenFormat, Settings, Switch};
use serde_json::json;

use crate::agent::{Agent, Answer, DpopKey, at, claims, code_grant, credentials, redirect_uri};

/// What a client asks for in its own name.
fn own_token() -> Vec<(&'static str, &'static str)> {
    let mut form = credentials("bff");
    form.extend([("grant_type", "client_credentials"), ("scope", "accounts")]);
    form
}

/// Signs alice in at a client, with tokens that are bound to a key.
async fn sign_in(agent: &mut Agent, client_id: &str, key: &DpopKey) -> Answer {
    let (code, redirect_uri) = (agent.code(client_id).await, redirect_uri(client_id));
    let mut form = credentials(client_id);
    form.extend(code_grant(&code, &redirect_uri));
    agent.call_bound(key, &form).await
}

/// Asks who the user is, with a proof that repeats a fresh nonce.
async fn userinfo(agent: &Agent, key: &DpopKey, token: &str) -> Answer {
    let nonce = agent.nonce().await;
    let proof = key.proof("GET", &at("/userinfo"), Some(&nonce), Some(token), agent.control.now_s());
    agent.userinfo(&[("authorization", &format!("DPoP {token}")), ("dpop", &proof)]).await
}

/// Refreshes as a public client.
fn refresh(refresh_token: &str) -> [(&str, &str); 3] {
    [("client_id", "spa"), ("grant_type", "refresh_token"), ("refresh_token", refresh_token)]
}

#[tokio::test]
async fn a_token_is_bound_to_the_key_of_the_proof() {
    let key = DpopKey::generate();
    for access_token_format in [AccessTokenFormat::Opaque, AccessTokenFormat::Jwt] {
        let mut agent = Agent::new(Settings { access_token_format, ..Settings::default() });
        let answer = sign_in(&mut agent, "bff", &key).await;
        assert_eq!(answer.json()["token_type"], "DPoP", "{}", answer.text);
        let token = answer.member("access_token");
        let known = agent.introspect(&token).await;
        assert_eq!((&known["cnf"], &known["token_type"]), (&json!({"jkt": key.thumbprint()}), &json!("DPoP")));
        if access_token_format == AccessTokenFormat::Jwt {
            assert_eq!(claims(&token)["cnf"], json!({"jkt": key.thumbprint()}));
        }
    }
}

/// Source: RFC 9449 §8.
#[tokio::test]
async fn a_nonce_is_demanded_and_then_taken() {
    let agent = Agent::new(Settings::default());
    let key = DpopKey::generate();
    let proof = |nonce: Option<&str>| key.proof("POST", &at("/token"), nonce, None, agent.control.now_s());
    let first = agent.call_with("/token", &own_token(), &[("dpop", &proof(None))]).await;
    assert_eq!((first.status, first.error().as_str()), (StatusCode::BAD_REQUEST, "use_dpop_nonce"));
    assert_eq!(agent.issued(), [0; 5]);
    let nonce = first.header("dpop-nonce").unwrap();
    let second = agent.call_with("/token", &own_token(), &[("dpop", &proof(Some(nonce)))]).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.text);
    assert!(second.header("dpop-nonce").is_some(), "the next one comes with the answer");
}

#[tokio::test]
async fn a_nonce_of_somebody_else_or_of_long_ago_is_not_taken() {
    let agent = Agent::new(Settings { dpop_nonce_life_s: 100, ..Settings::default() });
    let foreign = Agent::new(Settings::default()).nonce().await;
    let old = agent.nonce().await;
    let key = DpopKey::generate();
    agent.handed.clock.advance(Duration::from_secs(200));
    for nonce in [foreign.as_str(), &old, "made-up", ""] {
        let proof = key.proof("POST", &at("/token"), Some(nonce), None, agent.control.now_s());
        let answer = agent.call_with("/token", &own_token(), &[("dpop", &proof)]).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "use_dpop_nonce"), "{nonce}");
        assert_ne!(answer.header("dpop-nonce").unwrap(), nonce);
    }
}

#[tokio::test]
async fn a_nonce_is_taken_for_its_whole_life() {
    let agent = Agent::new(Settings { dpop_nonce_life_s: 100, ..Settings::default() });
    let nonce = agent.nonce().await;
    agent.handed.clock.advance(Duration::from_secs(99));
    let proof = DpopKey::generate().proof("POST", &at("/token"), Some(&nonce), None, agent.control.now_s());
    assert_eq!(agent.call_with("/token", &own_token(), &[("dpop", &proof)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_the_setting_no_nonce_is_demanded() {
    let agent = Agent::new(Settings { dpop_nonce: Switch::Off, ..Settings::default() });
    let proof = DpopKey::generate().proof("POST", &at("/token"), None, None, agent.control.now_s());
    let answer = agent.call_with("/token", &own_token(), &[("dpop", &proof)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("dpop-nonce"), None);
}

/// Source: RFC 9449 §11.1.
#[tokio::test]
async fn a_proof_is_taken_once() {
    for (dpop_replay, status) in [(Switch::On, StatusCode::BAD_REQUEST), (Switch::Off, StatusCode::OK)] {
        let agent = Agent::new(Settings { dpop_replay, ..Settings::default() });
        let nonce = agent.nonce().await;
        let proof = DpopKey::generate().proof("POST", &at("/token"), Some(&nonce), None, agent.control.now_s());
        let headers = [("dpop", proof.as_str())];
        assert_eq!(agent.call_with("/token", &own_token(), &headers).await.status, StatusCode::OK);
        agent.handed.clock.advance(Duration::from_secs(59));
        let again = agent.call_with("/token", &own_token(), &headers).await;
        assert_eq!(again.status, status, "{}", again.text);
        if dpop_replay.is_on() {
            assert_eq!(again.error(), "invalid_dpop_proof");
            assert!(again.description().contains("used before"), "{}", again.description());
        }
    }
}

/// Source: RFC 9449 §5.2, `dpop_bound_access_tokens`.
#[tokio::test]
async fn a_client_that_is_registered_for_bound_tokens_gets_no_others() {
    let agent = Agent::new(Settings::default());
    agent.change_client("bff", |client| client.dpop_bound_access_tokens = true);
    let answer = agent.call("/token", &own_token()).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_dpop_proof"));
    assert!(answer.description().contains("DPoP"), "{}", answer.description());
    assert_eq!(agent.issued(), [0; 5]);
    let answer = agent.call_bound(&DpopKey::generate(), &own_token()).await;
    assert_eq!(answer.json()["token_type"], "DPoP", "{}", answer.text);
}

/// Source: RFC 9449 §5: refresh tokens of public clients are bound to the key.
#[tokio::test]
async fn a_public_clients_refresh_token_needs_its_key() {
    let mut agent = Agent::new(Settings::default());
    let (key, thief) = (DpopKey::generate(), DpopKey::generate());
    let refresh_token = sign_in(&mut agent, "spa", &key).await.member("refresh_token");
    let stolen = refresh(&refresh_token);
    let bearer = agent.call("/token", &stolen).await;
    assert_eq!((bearer.status, bearer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_grant"));
    let other = agent.call_bound(&thief, &stolen).await;
    assert_eq!((other.status, other.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_grant"));
    let own = agent.call_bound(&key, &stolen).await;
    assert_eq!(own.json()["token_type"], "DPoP", "{}", own.text);
    let known = agent.introspect(&own.member("access_token")).await;
    assert_eq!(known["cnf"], json!({"jkt": key.thumbprint()}));
}

#[tokio::test]
async fn a_confidential_client_may_refresh_with_another_key() {
    let mut agent = Agent::new(Settings::default());
    let refresh_token = sign_in(&mut agent, "bff", &DpopKey::generate()).await.member("refresh_token");
    let key = DpopKey::generate();
    let mut form = credentials("bff");
    form.extend([("grant_type", "refresh_token"), ("refresh_token", &refresh_token)]);
    let answer = agent.call_bound(&key, &form).await;
    let known = agent.introspect(&answer.member("access_token")).await;
    assert_eq!(known["cnf"], json!({"jkt": key.thumbprint()}), "it authenticates itself anyway");
}

/// Source: RFC 9449 §7.1 and §7.2.
#[tokio::test]
async fn a_bound_token_opens_userinfo_only_with_a_proof_of_its_key_and_for_it() {
    let mut agent = Agent::new(Settings::default());
    let (key, thief) = (DpopKey::generate(), DpopKey::generate());
    let token = sign_in(&mut agent, "bff", &key).await.member("access_token");
    let other = sign_in(&mut agent, "bff", &key).await.member("access_token");
    let answer = userinfo(&agent, &key, &token).await;
    assert_eq!(answer.json()["sub"], "sub-alice", "{}", answer.text);

    let nonce = agent.nonce().await;
    let proof = |key: &DpopKey, method: &str, nonce: Option<&str>, token: Option<&str>| {
        key.proof(method, &at("/userinfo"), nonce, token, agent.control.now_s())
    };
    let (bearer, bound) = (format!("Bearer {token}"), format!("DPoP {token}"));
    let rows = [
        ("as a bearer", &bearer, None, "invalid_token"),
        ("as a bearer with a proof", &bearer, Some(proof(&key, "GET", Some(&nonce), Some(&token))), "invalid_token"),
        ("without a proof", &bound, None, "invalid_token"),
        ("with another key", &bound, Some(proof(&thief, "GET", Some(&nonce), Some(&token))), "invalid_token"),
        ("without ath", &bound, Some(proof(&key, "GET", Some(&nonce), None)), "invalid_dpop_proof"),
        ("with another ath", &bound, Some(proof(&key, "GET", Some(&nonce), Some(&other))), "invalid_dpop_proof"),
        ("for another method", &bound, Some(proof(&key, "POST", Some(&nonce), Some(&token))), "invalid_dpop_proof"),
        ("without a nonce", &bound, Some(proof(&key, "GET", None, Some(&token))), "use_dpop_nonce"),
    ];
    for (what, authorization, proof, error) in rows {
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(proof.as_deref().map(|proof| ("dpop", proof)));
        let answer = agent.userinfo(&headers).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, error), "{what}");
        let challenge = answer.header(header::WWW_AUTHENTICATE).unwrap();
        assert!(challenge.contains(&format!("error=\"{error}\"")), "{what}: {challenge}");
        assert_eq!(answer.header("dpop-nonce").is_some(), error == "use_dpop_nonce", "{what}");
    }
}

/// Source: RFC 9449 §7.1: the challenge names the scheme, and SHOULD name the algorithms.
#[tokio::test]
async fn a_refused_bound_token_is_challenged_by_its_own_scheme() {
    let mut agent = Agent::new(Settings::default());
    let token = sign_in(&mut agent, "bff", &DpopKey::generate()).await.member("access_token");
    for answer in [
        userinfo(&agent, &DpopKey::generate(), &token).await,
        agent.userinfo(&[("authorization", &format!("DPoP {token}"))]).await,
        agent.userinfo(&[("authorization", "DPoP unknown")]).await,
    ] {
        let challenge = answer.header(header::WWW_AUTHENTICATE).unwrap();
        assert!(challenge.starts_with("DPoP ") && challenge.contains("algs=\"ES256"), "{challenge}");
    }
}

#[tokio::test]
async fn a_bearer_token_is_no_bound_token() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    let answer = userinfo(&agent, &DpopKey::generate(), &tokens.access).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_token"));
}

/// Source: RFC 9449 §10.
#[tokio::test]
async fn a_code_is_bound_to_the_key_that_the_request_named() {
    let mut agent = Agent::new(Settings::default());
    let (key, thief) = (DpopKey::generate(), DpopKey::generate());
    let (thumbprint, redirect_uri) = (key.thumbprint(), redirect_uri("spa"));
    let code = agent.code_for("spa", &[("dpop_jkt", &thumbprint)]).await;
    let mut form = credentials("spa");
    form.extend(code_grant(&code, &redirect_uri));
    for refused in [agent.call("/token", &form).await, agent.call_bound(&thief, &form).await] {
        assert_eq!((refused.status, refused.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_grant"));
        assert!(refused.description().contains("DPoP key"), "{}", refused.description());
    }
    assert_eq!(agent.call_bound(&key, &form).await.json()["token_type"], "DPoP");
}

/// Source: RFC 9449 §10.1: the proof at the PAR endpoint stands for `dpop_jkt`.
#[tokio::test]
async fn a_proof_beside_a_pushed_request_binds_the_code() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let (key, thief, redirect_uri) = (DpopKey::generate(), DpopKey::generate(), redirect_uri("bff"));
    let nonce = agent.nonce().await;
    let proof = || key.proof("POST", &at("/par"), Some(&nonce), None, agent.control.now_s());
    let mut form = crate::agent::authorization_request("bff", &redirect_uri, &[]);
    form.push(("client_secret", "bff-secret"));
    let pushed = agent.call_with("/par", &form, &[("dpop", &proof())]).await;
    let (other, named) = (thief.thumbprint(), pushed.member("request_uri"));
    form.push(("dpop_jkt", &other));
    let refused = agent.call_with("/par", &form, &[("dpop", &proof())]).await;
    assert_eq!((refused.status, refused.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_dpop_proof"));
    assert!(refused.description().contains("dpop_jkt"), "{}", refused.description());

    let answer = agent.get("/authorize", &[("client_id", "bff"), ("request_uri", &named)]).await;
    let code = answer.parameter("code").unwrap();
    let mut form = credentials("bff");
    form.extend(code_grant(&code, &redirect_uri));
    assert_eq!(agent.call_bound(&thief, &form).await.error(), "invalid_grant");
    assert_eq!(agent.call_bound(&key, &form).await.status, StatusCode::OK);
}
