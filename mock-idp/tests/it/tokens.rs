//! Client authentication, introspection, revocation, user info, formats.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_idp::{AccessTokenFormat, Settings, Switch};
use serde_json::json;

use crate::agent::{Agent, ISSUER, as_form, claims, credentials};

type Form = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn discovery_names_the_endpoints() {
    let document = Agent::new(Settings::default()).get("/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["token_endpoint"], format!("{ISSUER}/token"));
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(document["backchannel_logout_session_supported"], true);
}

#[tokio::test]
async fn the_published_key_verifies_an_id_token() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_value(agent.get("/jwks", &[]).await.json()).unwrap();
    let kid = jsonwebtoken::decode_header(&tokens.id).unwrap().kid.unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.set_audience(&["bff"]);
    validation.set_issuer(&[ISSUER]);
    jsonwebtoken::decode::<serde_json::Value>(&tokens.id, &key, &validation).unwrap();
}

#[tokio::test]
async fn clients_prove_who_they_are() {
    let agent = Agent::new(Settings::default());
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let cases: &[(Option<String>, Form, &str)] = &[
        (None, &[], "invalid_client"),
        (None, &[("client_id", "bff")], "invalid_client"),
        (None, &[("client_id", "bff"), ("client_secret", "wrong")], "invalid_client"),
        (None, &[("client_id", "spa"), ("client_secret", "any")], "invalid_client"),
        (None, &[("client_id", "nobody")], "invalid_client"),
        (Some(basic("basic:wrong")), &[], "invalid_client"),
        (Some(basic("basic")), &[], "invalid_client"),
        (Some(basic("nobody:basic-secret")), &[], "invalid_client"),
        (Some("Basic %%%".to_owned()), &[], "invalid_client"),
        (Some("Basic".to_owned()), &[], "invalid_client"),
        (Some("Bearer abc".to_owned()), &[], "invalid_client"),
        (Some(basic("basic:basic-secret")), &[("client_secret", "basic-secret")], "invalid_request"),
        (Some(basic("basic:basic-secret")), &[("client_id", "spa")], "invalid_request"),
        (Some(basic("basic:basic%2Dsecret")), &[("client_id", "basic")], ""),
        (Some(basic("basic:basic-secret")), &[], ""),
        (None, &[("client_id", "bff"), ("client_secret", "bff-secret")], ""),
    ];
    for (authorization, form, error) in cases {
        let mut form = form.to_vec();
        form.extend([("grant_type", "client_credentials"), ("scope", "accounts")]);
        let mut request = Request::post("/token");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let answer = agent.stranger().send(as_form(request, &form)).await;
        assert_eq!(answer.error(), *error, "{authorization:?} {form:?}");
        let is_unauthorized = *error == "invalid_client";
        assert_eq!(answer.status == StatusCode::UNAUTHORIZED, is_unauthorized, "{authorization:?} {form:?}");
        assert_eq!(answer.headers.contains_key(header::WWW_AUTHENTICATE), is_unauthorized);
    }
}

#[tokio::test]
async fn bad_token_requests_get_the_error_that_the_specification_names() {
    let agent = Agent::new(Settings::default());
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], "invalid_request"),
        (&[("grant_type", "password")], "unsupported_grant_type"),
        (&[("grant_type", "authorization_code")], "invalid_request"),
        (&[("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "y")], "invalid_grant"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "x")], "invalid_grant"),
        (&[("grant_type", "refresh_token"), ("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "client_credentials"), ("scope", "admin")], "invalid_scope"),
        (&[("grant_type", "client_credentials"), ("scope", "openid")], "invalid_scope"),
    ];
    for (changes, error) in cases {
        let mut form = credentials("bff");
        form.extend_from_slice(changes);
        let answer = agent.call("/token", &form).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, *error), "{changes:?}");
    }
    let json = Request::post("/token").header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
    assert_eq!(agent.stranger().send(json).await.error(), "invalid_request");
    let public = agent.call("/token", &[("client_id", "spa"), ("grant_type", "client_credentials")]).await;
    assert_eq!(public.error(), "unauthorized_client");
}

#[tokio::test]
async fn client_credentials_give_an_access_token_alone() {
    let agent = Agent::new(Settings::default());
    let mut form = credentials("bff");
    form.push(("grant_type", "client_credentials"));
    let json = agent.call("/token", &form).await.json();
    assert!(json.get("refresh_token").is_none() && json.get("id_token").is_none(), "{json}");
    let known = agent.introspect(json["access_token"].as_str().unwrap()).await;
    assert_eq!((&known["sub"], &known["scope"]), (&json!("bff"), &json!("accounts")));
}

#[tokio::test]
async fn introspection_tells_a_resource_server_what_a_token_is_worth() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    let known = agent.introspect(&tokens.access).await;
    assert_eq!(known["active"], true);
    assert_eq!(known["aud"], "accounts-api");
    assert_eq!(known["client_id"], "spa");
    assert_eq!(known["sub"], "sub-alice");
    assert_eq!(known["username"], "alice");
    assert_eq!(agent.introspect(&tokens.refresh).await, json!({"active": false}), "no API is meant to get one");
    assert_eq!(agent.introspect("unknown").await, json!({"active": false}));
    agent.handed.clock.advance(Duration::from_mins(5));
    assert_eq!(agent.introspect(&tokens.access).await, json!({"active": false}));
    assert_eq!(agent.control.counts().access_tokens, 0);
}

#[tokio::test]
async fn introspection_needs_authentication() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    for form in [
        vec![("token", tokens.access.as_str())],
        vec![("token", &tokens.access), ("client_id", "spa")],
        vec![("token", &tokens.access), ("client_id", "api"), ("client_secret", "wrong")],
    ] {
        let answer = agent.call("/introspect", &form).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_client"), "{form:?}");
    }
    let mut form = credentials("bff");
    form.push(("token", &tokens.access));
    assert_eq!(agent.call("/introspect", &form).await.json(), json!({"active": false}), "another client's token");
    assert_eq!(agent.call("/introspect", &credentials("api")).await.error(), "invalid_request");
}

#[tokio::test]
async fn without_introspection_authentication_anybody_can_try_tokens() {
    let mut agent = Agent::new(Settings { introspect_auth: Switch::Off, ..Settings::default() });
    let tokens = agent.sign_in("spa").await;
    assert_eq!(agent.call("/introspect", &[("token", &tokens.access)]).await.json()["active"], true);
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_its_access_tokens() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    assert_eq!(agent.revoke("spa", &tokens.refresh).await.status, StatusCode::OK);
    assert!(!agent.is_active(&tokens.access).await);
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant");
    assert_eq!(agent.revoke("spa", &tokens.refresh).await.status, StatusCode::OK, "once more changes nothing");
}

#[tokio::test]
async fn without_the_cascade_access_tokens_live_on() {
    let mut agent = Agent::new(Settings { cascade: Switch::Off, ..Settings::default() });
    let tokens = agent.sign_in("spa").await;
    agent.revoke("spa", &tokens.refresh).await;
    assert!(agent.is_active(&tokens.access).await);
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn revoking_an_access_token_ends_that_one_only() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    agent.revoke("spa", &tokens.access).await;
    assert!(!agent.is_active(&tokens.access).await);
    assert_eq!(agent.refresh("spa", &tokens.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_revokes_the_token_of_another_client() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    assert_eq!(agent.revoke("bff", &tokens.access).await.error(), "unauthorized_client");
    assert_eq!(agent.revoke("bff", &tokens.refresh).await.error(), "unauthorized_client");
    assert_eq!(agent.call("/revoke", &[("token", &tokens.access)]).await.error(), "invalid_client");
    assert!(agent.is_active(&tokens.access).await);
}

async fn userinfo(agent: &Agent, authorization: Option<&str>) -> crate::agent::Answer {
    let headers: Vec<(&str, &str)> = authorization.map(|value| ("authorization", value)).into_iter().collect();
    agent.userinfo(&headers).await
}

#[tokio::test]
async fn userinfo_answers_a_bearer_of_the_scope_openid() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("spa").await;
    let answer = userinfo(&agent, Some(&format!("Bearer {}", tokens.access))).await;
    let user = json!({
        "sub": "sub-alice",
        "name": "ALICE",
        "preferred_username": "alice",
        "email": "alice@mail.test",
        "email_verified": true,
    });
    assert_eq!(answer.json(), user);
    let none = userinfo(&agent, None).await;
    assert_eq!((none.status, none.header(header::WWW_AUTHENTICATE)), (StatusCode::UNAUTHORIZED, Some("Bearer")));
    let wrong = userinfo(&agent, Some("Bearer wrong")).await;
    assert!(wrong.header(header::WWW_AUTHENTICATE).unwrap().starts_with("Bearer error=\"invalid_token\""));
    let code = agent.authorize("spa", &[("scope", "accounts")]).await.parameter("code").unwrap();
    let json = agent.redeem("spa", &code).await.json();
    assert!(json.get("id_token").is_none());
    let answer = userinfo(&agent, Some(&format!("Bearer {}", json["access_token"].as_str().unwrap()))).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "insufficient_scope"));
}

#[tokio::test]
async fn a_jwt_access_token_says_what_it_is_and_ends_with_the_session() {
    let settings = Settings { access_token_format: AccessTokenFormat::Jwt, session_life_s: 200, ..Settings::default() };
    let mut agent = Agent::new(settings);
    let tokens = agent.sign_in("spa").await;
    assert_eq!(jsonwebtoken::decode_header(&tokens.access).unwrap().typ.as_deref(), Some("at+jwt"));
    let claims = claims(&tokens.access);
    assert_eq!((&claims["aud"], &claims["client_id"]), (&json!("accounts-api"), &json!("spa")));
    assert!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap() <= 200, "{claims}");
    assert!(agent.is_active(&tokens.access).await);
    assert_eq!(userinfo(&agent, Some(&format!("Bearer {}", tokens.access))).await.status, StatusCode::OK);
    agent.control.end_session_of("alice").await;
    assert!(!agent.is_active(&tokens.access).await);
}

#[tokio::test]
async fn every_minted_credential_is_redacted() {
    let mut agent = Agent::new(Settings::default());
    let code = agent.code("spa").await;
    let tokens = crate::agent::Tokens::of(&agent.redeem("spa", &code).await);
    let session = agent.session_cookie().unwrap();
    for (value, label) in [
        (code.as_str(), "code#1"),
        (&tokens.access, "at#1"),
        (&tokens.refresh, "rt#1"),
        (&tokens.id, "id#1"),
        (session, "idp-sid#1"),
        ("bff-secret", "secret#1"),
        ("alice-password", "password#1"),
    ] {
        assert_eq!(agent.handed.credentials.label(value).as_deref(), Some(label));
    }
}
