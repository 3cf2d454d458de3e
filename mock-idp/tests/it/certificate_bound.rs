//! Tokens that are bound to the certificate of their holder (RFC 8705 §3).

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use hosting::{Authority, Chain, ClientCertificate, Identity};
use mock_idp::{AccessTokenFormat, AuthMethod, Settings};
use serde_json::json;

use crate::agent::{Agent, Answer, at, claims, code_grant, credentials, redirect_uri};

fn certificate(identity: &Identity, chain: Chain) -> ClientCertificate {
    ClientCertificate::new(identity.certificate_der().to_vec(), chain)
}

fn fresh() -> ClientCertificate {
    certificate(&Identity::self_signed("app.test"), Chain::Unknown)
}

/// A provider whose two applications get bound tokens; that on the server proves who it is by its certificate, too.
fn binding(access_token_format: AccessTokenFormat) -> Agent {
    let agent = Agent::new(Settings { access_token_format, ..Settings::default() });
    agent.change_client("bff", |client| {
        client.token_endpoint_auth_method = AuthMethod::TlsClientAuth;
        client.tls_client_auth_subject_dn = Some("CN=bff.app.test".to_owned());
        client.tls_client_certificate_bound_access_tokens = true;
    });
    agent.change_client("spa", |client| client.tls_client_certificate_bound_access_tokens = true);
    agent
}

/// Signs alice in over a certificate.
async fn sign_in(agent: &mut Agent, client_id: &str, certificate: &ClientCertificate) -> Answer {
    let (code, redirect_uri) = (agent.code(client_id).await, redirect_uri(client_id));
    let mut form = vec![("client_id", client_id)];
    form.extend(code_grant(&code, &redirect_uri));
    agent.call_over(certificate, "/token", &form).await
}

async fn userinfo(agent: &Agent, scheme: &str, token: &str, certificate: Option<&ClientCertificate>) -> Answer {
    let mut request = Request::get("/userinfo").header(header::AUTHORIZATION, format!("{scheme} {token}"));
    if let Some(certificate) = certificate {
        request = request.extension(certificate.clone());
    }
    agent.stranger().send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_token_carries_the_thumbprint_of_the_certificate() {
    let own = certificate(&Authority::new().client_certificate("bff.app.test"), Chain::Trusted);
    for access_token_format in [AccessTokenFormat::Opaque, AccessTokenFormat::Jwt] {
        let mut agent = binding(access_token_format);
        let answer = sign_in(&mut agent, "bff", &own).await;
        assert_eq!(answer.json()["token_type"], "Bearer", "{}", answer.text);
        let token = answer.member("access_token");
        let confirmation = json!({"x5t#S256": own.thumbprint()});
        assert_eq!(agent.introspect(&token).await["cnf"], confirmation);
        if access_token_format == AccessTokenFormat::Jwt {
            assert_eq!(claims(&token)["cnf"], confirmation);
        }
    }
}

#[tokio::test]
async fn userinfo_opens_to_the_same_certificate_alone() {
    let mut agent = binding(AccessTokenFormat::Opaque);
    let own = certificate(&Authority::new().client_certificate("bff.app.test"), Chain::Trusted);
    let same_name = certificate(&Authority::new().client_certificate("bff.app.test"), Chain::Trusted);
    let token = sign_in(&mut agent, "bff", &own).await.member("access_token");
    assert_eq!(userinfo(&agent, "Bearer", &token, Some(&own)).await.json()["sub"], "sub-alice");
    for (what, scheme, shown) in [
        ("no certificate", "Bearer", None),
        ("another certificate", "Bearer", Some(&same_name)),
        ("another scheme", "DPoP", Some(&own)),
    ] {
        let answer = userinfo(&agent, scheme, &token, shown).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_token"), "{what}");
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE), "{what}");
    }
}

#[tokio::test]
async fn a_client_that_is_registered_for_bound_tokens_gets_no_others() {
    let mut agent = Agent::new(Settings::default());
    agent.change_client("bff", |client| client.tls_client_certificate_bound_access_tokens = true);
    let (code, redirect_uri) = (agent.code("bff").await, redirect_uri("bff"));
    let mut form = credentials("bff");
    form.extend(code_grant(&code, &redirect_uri));
    let answer = agent.call("/token", &form).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"));
    assert!(answer.description().contains("certificate"), "{}", answer.description());
    assert_eq!(agent.control.counts().access_tokens, 0);
    let bound = agent.call_over(&fresh(), "/token", &form).await;
    assert_eq!(bound.status, StatusCode::OK, "a secret beside any certificate will do: {}", bound.text);
}

#[tokio::test]
async fn a_client_that_is_not_registered_for_bound_tokens_gets_bearers_over_any_certificate() {
    let mut agent = Agent::new(Settings::default());
    let (code, redirect_uri) = (agent.code("bff").await, redirect_uri("bff"));
    let mut form = credentials("bff");
    form.extend(code_grant(&code, &redirect_uri));
    let token = agent.call_over(&fresh(), "/token", &form).await.member("access_token");
    assert_eq!(agent.introspect(&token).await.get("cnf"), None);
    assert_eq!(userinfo(&agent, "Bearer", &token, None).await.status, StatusCode::OK);
}

/// Source: RFC 8705 §4: the refresh tokens of public clients are bound as well.
#[tokio::test]
async fn a_public_clients_refresh_token_needs_its_certificate() {
    let mut agent = binding(AccessTokenFormat::Opaque);
    let (own, other) = (fresh(), fresh());
    let refresh_token = sign_in(&mut agent, "spa", &own).await.member("refresh_token");
    let form = [("client_id", "spa"), ("grant_type", "refresh_token"), ("refresh_token", &refresh_token)];
    let stolen = agent.call_over(&other, "/token", &form).await;
    assert_eq!((stolen.status, stolen.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_grant"));
    assert_eq!(agent.call("/token", &form).await.status, StatusCode::BAD_REQUEST, "without any");
    let answer = agent.call_over(&own, "/token", &form).await;
    let known = agent.introspect(&answer.member("access_token")).await;
    assert_eq!(known["cnf"], json!({"x5t#S256": own.thumbprint()}));
}

/// Source: RFC 8705 §5.
#[tokio::test]
async fn discovery_names_the_endpoints_that_ask_for_certificates() {
    let mut agent = Agent::new(Settings::default());
    let document = agent.get("/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(document["tls_client_certificate_bound_access_tokens"], true);
    for name in ["token", "revocation", "introspection", "userinfo", "pushed_authorization_request"] {
        let name = format!("{name}_endpoint");
        let there = document["mtls_endpoint_aliases"][&name].as_str().unwrap();
        let path = there.strip_prefix("https://mtls.idp.test").unwrap();
        assert_eq!(document[&name], at(path), "{name}");
    }
    let methods = document["token_endpoint_auth_methods_supported"].as_array().unwrap();
    assert!(methods.contains(&json!("tls_client_auth")) && methods.contains(&json!("self_signed_tls_client_auth")));
}
