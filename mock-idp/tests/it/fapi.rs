//! The FAPI 2.0 Security Profile: what it refuses, and the one flow that it takes.

use axum::http::StatusCode;
use hosting::{Authority, Chain, ClientCertificate};
use mock_idp::{AuthMethod, Settings, SigningAlgorithm, Switch};
use serde_json::{Value, json};

use crate::agent::{
    ASSERTION_TYPE, Agent, Answer, DpopKey, ISSUER, assertion_claims, at, authorization_request, code_grant,
    credentials, redirect_uri,
};

/// A provider under the profile, whose application has a key.
struct Profile {
    agent: Agent,
    key: DpopKey,
}

impl Profile {
    fn new() -> Self {
        let agent = Agent::new(Settings { fapi: Switch::On, ..Settings::default() });
        let key = DpopKey::generate();
        agent.change_client("bff", |client| {
            client.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
            client.jwks = Some(json!({"keys": [key.jwk()]}));
        });
        Self { agent, key }
    }

    /// Asks an endpoint with a fresh assertion of the application.
    async fn ask(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        self.assert_by(&assertion_claims("bff", self.agent.control.now_s()), path, form, headers).await
    }

    async fn assert_by(&self, claims: &Value, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let assertion = self.key.sign(&json!({"alg": "ES256"}), claims);
        let mut form = form.to_vec();
        form.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)]);
        self.agent.call_with(path, &form, headers).await
    }

    async fn push(&self, changes: &[(&str, &str)]) -> Answer {
        let redirect_uri = redirect_uri("bff");
        self.ask("/par", &authorization_request("bff", &redirect_uri, changes), &[]).await
    }

    /// Signs alice in by a pushed request and returns the code.
    async fn code(&mut self) -> String {
        let request_uri = self.push(&[]).await.member("request_uri");
        let query = [("client_id", "bff"), ("request_uri", request_uri.as_str())];
        let mut answer = self.agent.get("/authorize", &query).await;
        if answer.status == StatusCode::OK {
            answer = self.agent.fill_in(&answer, "alice").await;
        }
        assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));
        answer.parameter("code").unwrap()
    }

    /// Asks the token endpoint with a proof, and once more with the nonce that it demands.
    async fn ask_bound(&self, key: &DpopKey, form: &[(&str, &str)]) -> Answer {
        let now_s = self.agent.control.now_s();
        let first = key.proof("POST", &at("/token"), None, None, now_s);
        let answer = self.ask("/token", form, &[("dpop", &first)]).await;
        assert_eq!(answer.error(), "use_dpop_nonce", "{}", answer.text);
        let second = key.proof("POST", &at("/token"), answer.header("dpop-nonce"), None, now_s);
        self.ask("/token", form, &[("dpop", &second)]).await
    }
}

#[tokio::test]
async fn the_profile_takes_a_pushed_request_an_assertion_and_a_proof() {
    let mut profile = Profile::new();
    let (code, redirect_uri, key) = (profile.code().await, redirect_uri("bff"), DpopKey::generate());
    let tokens = profile.ask_bound(&key, &code_grant(&code, &redirect_uri)).await;
    assert_eq!(tokens.json()["token_type"], "DPoP", "{}", tokens.text);
    let token = tokens.member("access_token");
    let nonce = tokens.header("dpop-nonce");
    let proof = key.proof("GET", &at("/userinfo"), nonce, Some(&token), profile.agent.control.now_s());
    let authorization = format!("DPoP {token}");
    let headers = [("authorization", authorization.as_str()), ("dpop", &proof)];
    assert_eq!(profile.agent.userinfo(&headers).await.json()["sub"], "sub-alice");

    let refresh_token = tokens.member("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
    assert_eq!(profile.ask_bound(&key, &form).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_certificate_is_enough_for_both() {
    let mut profile = Profile::new();
    profile.agent.change_client("bff", |client| {
        client.token_endpoint_auth_method = AuthMethod::TlsClientAuth;
        client.tls_client_auth_subject_dn = Some("CN=bff.app.test".to_owned());
        client.tls_client_certificate_bound_access_tokens = true;
    });
    let identity = Authority::new().client_certificate("bff.app.test");
    let certificate = ClientCertificate::new(identity.certificate_der().to_vec(), Chain::Trusted);
    let redirect_uri = redirect_uri("bff");
    let request = authorization_request("bff", &redirect_uri, &[]);
    let request_uri = profile.agent.call_over(&certificate, "/par", &request).await.member("request_uri");
    let form = profile.agent.get("/authorize", &[("client_id", "bff"), ("request_uri", &request_uri)]).await;
    let code = profile.agent.fill_in(&form, "alice").await.parameter("code").unwrap();
    let mut form = vec![("client_id", "bff")];
    form.extend(code_grant(&code, &redirect_uri));
    let tokens = profile.agent.call_over(&certificate, "/token", &form).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.text);
}

/// Source: FAPI 2.0 Security Profile §5.3.2.2.
#[tokio::test]
async fn a_request_that_was_not_pushed_is_refused() {
    let mut profile = Profile::new();
    let answer = profile.agent.authorize("bff", &[]).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"));
    assert!(answer.parameter("error_description").unwrap().contains("push"));
    assert_eq!(profile.agent.control.counts().pending, 0);
}

/// Source: FAPI 2.0 Security Profile §5.3.2.1.
#[tokio::test]
async fn secrets_and_public_clients_are_refused_everywhere() {
    let agent = Agent::new(Settings { fapi: Switch::On, ..Settings::default() });
    for client_id in ["bff", "spa"] {
        let pushed = agent.push(client_id, &[]).await;
        assert_eq!((pushed.status, pushed.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_client"));
        for path in ["/token", "/revoke", "/introspect"] {
            let mut form = credentials(client_id);
            form.extend([("grant_type", "client_credentials"), ("token", "x")]);
            let answer = agent.call(path, &form).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{client_id} at {path}");
            assert_eq!(answer.error(), "invalid_client", "{client_id} at {path}");
            assert!(answer.description().contains("FAPI"), "{}", answer.description());
        }
    }
    assert_eq!(agent.control.counts().pushed, 0);
}

#[tokio::test]
async fn bearer_tokens_are_not_issued() {
    let mut profile = Profile::new();
    let (code, redirect_uri) = (profile.code().await, redirect_uri("bff"));
    let answer = profile.ask("/token", &code_grant(&code, &redirect_uri), &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"));
    assert!(answer.description().contains("sender-constrained"), "{}", answer.description());
    assert_eq!(profile.agent.control.counts().access_tokens, 0);
    let own = profile.ask("/token", &[("grant_type", "client_credentials")], &[]).await;
    assert_eq!(own.error(), "invalid_request");
}

/// Source: FAPI 2.0 Security Profile §5.3.2.1: the issuer identifier, a string, is the only audience of an assertion.
#[tokio::test]
async fn an_assertion_is_for_the_issuer_and_nobody_else() {
    let profile = Profile::new();
    for audience in [json!(at("/token")), json!(at("/par")), json!([ISSUER]), json!([ISSUER, at("/token")])] {
        let mut claims = assertion_claims("bff", profile.agent.control.now_s());
        claims["aud"] = audience.clone();
        let answer = profile.assert_by(&claims, "/revoke", &[("token", "x")], &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{audience}");
        assert_eq!(answer.error(), "invalid_client", "{audience}");
    }
    assert_eq!(profile.ask("/revoke", &[("token", "x")], &[]).await.status, StatusCode::OK);
}

/// Source: FAPI 2.0 Security Profile §5.3.2.2, PKCE with S256.
#[tokio::test]
async fn a_request_without_pkce_is_refused() {
    let profile = Profile::new();
    for changes in [[("code_challenge", "")], [("code_challenge_method", "plain")], [("code_challenge_method", "")]] {
        let answer = profile.push(&changes).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"));
    }
}

/// Source: FAPI 2.0 Security Profile §5.4.1: PS256, ES256 and EdDSA, and no RSASSA-PKCS1-v1_5.
#[tokio::test]
async fn discovery_announces_what_the_profile_takes() {
    let mut profile = Profile::new();
    let document = profile.agent.get("/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(document["require_pushed_authorization_requests"], true);
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    let methods = json!(["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"]);
    assert_eq!(document["token_endpoint_auth_methods_supported"], methods);
    for name in ["token_endpoint_auth_signing_alg_values_supported", "dpop_signing_alg_values_supported"] {
        let algorithms = document[name].as_array().unwrap();
        assert!(
            algorithms.contains(&json!("ES256")) && !algorithms.contains(&json!("RS256")),
            "{name}: {algorithms:?}"
        );
    }
}

#[tokio::test]
async fn no_jwt_is_signed_with_rsassa_pkcs1() {
    let agent = Agent::new(Settings { fapi: Switch::On, ..Settings::default() });
    let mut client = agent.control.clients().into_iter().find(|client| client.id == "bff").unwrap();
    client.id_token_signed_response_alg = SigningAlgorithm::Rs256;
    let refused = agent.control.put_client(client).unwrap_err().to_string();
    assert!(refused.contains("\"bff\"") && refused.contains("RS256") && refused.contains("PS256"), "{refused}");
    let discovery = agent.stranger().get("/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(discovery["id_token_signing_alg_values_supported"], json!(["ES256", "PS256", "EdDSA"]));
}
