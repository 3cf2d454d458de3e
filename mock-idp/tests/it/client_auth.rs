//! How a client proves who it is: every method, and why each is refused.

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosting::{Authority, Chain, ClientCertificate, Identity};
use mock_idp::{AuthMethod, Client, Settings};
use serde_json::{Value, json};

use crate::agent::{ASSERTION_TYPE, Agent, Answer, DpopKey, ISSUER, assertion_claims, at, client};

/// Registers a client that may have a token of its own.
fn register(agent: &Agent, changed: Client) {
    let changed = Client { grant_types: vec!["client_credentials".to_owned()], ..changed };
    agent.control.put_client(changed).unwrap();
}

/// Registers a client by a fresh key.
fn signer(agent: &Agent) -> DpopKey {
    let key = DpopKey::generate();
    register(
        agent,
        Client {
            token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
            jwks: Some(json!({"keys": [key.jwk()]})),
            ..client("signer")
        },
    );
    key
}

async fn assert_by(agent: &Agent, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    agent.call("/token", &form).await
}

fn assert_refused(what: &str, answer: &Answer, reason: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}: {}", answer.text);
    assert_eq!(answer.error(), "invalid_client", "{what}");
    assert!(answer.description().contains(reason), "{what}: {}", answer.description());
    assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE), "{what}");
}

#[tokio::test]
async fn an_assertion_of_the_registered_key_is_taken() {
    let agent = Agent::new(Settings::default());
    let key = signer(&agent);
    let now_s = agent.control.now_s();
    assert_eq!(assert_by(&agent, &key.assertion("signer", now_s)).await.status, StatusCode::OK);
    for audience in [json!(at("/token")), json!([ISSUER]), json!(["https://other.test", ISSUER])] {
        let mut claims = assertion_claims("signer", now_s);
        claims["aud"] = audience.clone();
        let answer = assert_by(&agent, &key.sign(&json!({"alg": "ES256"}), &claims)).await;
        assert_eq!(answer.status, StatusCode::OK, "{audience}: {}", answer.text);
    }
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

/// Source: RFC 7523 §3, RFC 7521 §4.2.1 (`invalid_client`), RFC 8725 §3.1 and §3.2.
#[tokio::test]
async fn an_assertion_is_refused_for_every_single_flaw() {
    let agent = Agent::new(Settings::default());
    let key = signer(&agent);
    let now_s = agent.control.now_s();
    let claims = || assertion_claims("signer", now_s);
    let es256 = || json!({"alg": "ES256"});
    let rows = [
        ("another audience", es256(), with(claims(), "aud", json!("https://evil.test")), "aud"),
        ("another endpoint", es256(), with(claims(), "aud", json!(at("/userinfo"))), "aud"),
        ("no audience", es256(), without(claims(), "aud"), "aud"),
        ("an audience of numbers", es256(), with(claims(), "aud", json!([1, 2])), "aud"),
        ("expired", es256(), with(claims(), "exp", json!(now_s)), "expired"),
        ("no expiry", es256(), without(claims(), "exp"), "exp is missing"),
        ("an expiry that is a text", es256(), with(claims(), "exp", json!("soon")), "exp is missing"),
        ("alive for too long", es256(), with(claims(), "exp", json!(now_s + 3_601)), "lives longer"),
        ("not valid yet", es256(), with(claims(), "nbf", json!(now_s + 61)), "not valid yet"),
        ("issued in the future", es256(), with(claims(), "iat", json!(now_s + 61)), "not valid yet"),
        ("no jti", es256(), without(claims(), "jti"), "jti"),
        ("an empty jti", es256(), with(claims(), "jti", json!("")), "jti"),
        ("a jti that is a number", es256(), with(claims(), "jti", json!(7)), "jti"),
        ("a jti that is too long", es256(), with(claims(), "jti", json!("j".repeat(257))), "jti"),
        ("another issuer", es256(), with(claims(), "iss", json!("bff")), "iss and sub"),
        ("no issuer", es256(), without(claims(), "iss"), "iss and sub"),
        ("no subject", es256(), without(claims(), "sub"), "sub is missing"),
        ("critical extensions", json!({"alg": "ES256", "crit": ["exp"]}), claims(), "crit"),
        ("none for an algorithm", json!({"alg": "none"}), claims(), "algorithm none"),
        ("a symmetric algorithm", json!({"alg": "HS256"}), claims(), "algorithm HS256"),
        ("another algorithm", json!({"alg": "EdDSA"}), claims(), "no registered key"),
        ("no algorithm", json!({"typ": "JWT"}), claims(), "algorithm"),
        ("an unknown key", json!({"alg": "ES256", "kid": "other"}), claims(), "no registered key"),
    ];
    for (what, header, claims, reason) in rows {
        let answer = assert_by(&agent, &key.sign(&header, &claims)).await;
        assert_refused(what, &answer, reason);
    }
    let unsigned = DpopKey::generate().sign(&json!({"alg": "none"}), &claims());
    let unsigned = format!("{}.", unsigned.rsplit_once('.').unwrap().0);
    assert_refused("no signature", &assert_by(&agent, &unsigned).await, "algorithm none");
    let forged = DpopKey::generate().assertion("signer", now_s);
    assert_refused("another key", &assert_by(&agent, &forged).await, "no registered key");
    for text in ["x", "a.b", "e30.e30.e30", "....", "e30.e30."] {
        assert_refused(text, &assert_by(&agent, text).await, "client assertion");
    }
    assert_eq!(agent.issued(), [0; 5]);
}

#[tokio::test]
async fn an_assertion_is_taken_once_whatever_the_endpoint() {
    let agent = Agent::new(Settings::default());
    let key = signer(&agent);
    let assertion = key.assertion("signer", agent.control.now_s());
    assert_eq!(assert_by(&agent, &assertion).await.status, StatusCode::OK);
    assert_refused("replayed", &assert_by(&agent, &assertion).await, "used before");
    let form = [("token", "x"), ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)];
    assert_refused("replayed elsewhere", &agent.call("/revoke", &form).await, "used before");
}

#[tokio::test]
async fn an_assertion_needs_its_type_and_no_company() {
    let agent = Agent::new(Settings::default());
    let key = signer(&agent);
    let assertion = key.assertion("signer", agent.control.now_s());
    let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    let right = ("client_assertion_type", ASSERTION_TYPE);
    for (company, reason) in [
        (vec![], "client_assertion_type"),
        (vec![("client_assertion_type", saml)], "client_assertion_type"),
        (vec![right, ("client_id", "bff")], "two ways"),
        (vec![right, ("client_id", "signer"), ("client_secret", "another-secret")], "two ways"),
    ] {
        let mut form = vec![("grant_type", "client_credentials"), ("client_assertion", &assertion)];
        form.extend(company);
        let answer = agent.call("/token", &form).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"), "{form:?}");
        assert!(answer.description().contains(reason), "{}", answer.description());
    }
    assert_eq!(assert_by(&agent, &assertion).await.status, StatusCode::OK, "nothing has used it up");
}

fn certificate(identity: &Identity, chain: Chain) -> ClientCertificate {
    ClientCertificate::new(identity.certificate_der().to_vec(), chain)
}

async fn present(agent: &Agent, client_id: &str, certificate: &ClientCertificate) -> Answer {
    let form = [("client_id", client_id), ("grant_type", "client_credentials")];
    agent.call_over(certificate, "/token", &form).await
}

/// Source: RFC 8705 §2.1.
#[tokio::test]
async fn a_certificate_counts_by_its_chain_and_its_name() {
    let agent = Agent::new(Settings::default());
    let method = AuthMethod::TlsClientAuth;
    let (by_subject, by_name) = (Some("CN=tls.app.test".to_owned()), Some("tls.app.test".to_owned()));
    register(
        &agent,
        Client { token_endpoint_auth_method: method, tls_client_auth_subject_dn: by_subject, ..client("by-subject") },
    );
    register(
        &agent,
        Client { token_endpoint_auth_method: method, tls_client_auth_san_dns: by_name, ..client("by-name") },
    );
    let authority = Authority::new();
    let (own, other) = (authority.client_certificate("tls.app.test"), authority.client_certificate("evil.test"));
    for (client_id, reason) in [("by-subject", "subject"), ("by-name", "DNS name")] {
        let answer = present(&agent, client_id, &certificate(&own, Chain::Trusted)).await;
        assert_eq!(answer.status, StatusCode::OK, "{client_id}: {}", answer.text);
        let untrusted = present(&agent, client_id, &certificate(&own, Chain::Unknown)).await;
        assert_refused(client_id, &untrusted, "not signed by the trusted authority");
        let named_otherwise = present(&agent, client_id, &certificate(&other, Chain::Trusted)).await;
        assert_refused(client_id, &named_otherwise, reason);
        let unreadable = ClientCertificate::new(b"no certificate".as_slice(), Chain::Trusted);
        assert_refused(client_id, &present(&agent, client_id, &unreadable).await, "cannot be read");
        let form = [("client_id", client_id), ("grant_type", "client_credentials")];
        assert_refused(client_id, &agent.call("/token", &form).await, "no client certificate");
    }
}

/// Source: RFC 8705 §2.2.
#[tokio::test]
async fn a_certificate_that_the_client_made_counts_by_itself() {
    let agent = Agent::new(Settings::default());
    let own = Identity::self_signed("own.app.test");
    register(
        &agent,
        Client {
            token_endpoint_auth_method: AuthMethod::SelfSignedTlsClientAuth,
            jwks: Some(json!({"keys": [own.public_jwk()]})),
            ..client("self-made")
        },
    );
    let answer = present(&agent, "self-made", &certificate(&own, Chain::Unknown)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for other in [Identity::self_signed("own.app.test"), Authority::new().client_certificate("own.app.test")] {
        let answer = present(&agent, "self-made", &certificate(&other, Chain::Trusted)).await;
        assert_refused("another certificate of the same name", &answer, "certificate");
    }
    let form = [("client_id", "self-made"), ("grant_type", "client_credentials")];
    assert_refused("no certificate", &agent.call("/token", &form).await, "no client certificate");
}

/// Source: RFC 7591 §2, `token_endpoint_auth_method`; RFC 9700 §2.5.
#[tokio::test]
async fn a_client_that_is_registered_for_one_method_is_refused_by_every_other() {
    let agent = Agent::new(Settings::default());
    let (key, identity) = (DpopKey::generate(), Authority::new().client_certificate("all.app.test"));
    let everything = || Client {
        jwks: Some(json!({"keys": [key.jwk(), identity.public_jwk()]})),
        tls_client_auth_subject_dn: Some("CN=all.app.test".to_owned()),
        ..client("all")
    };
    let basic = format!("Basic {}", STANDARD.encode("all:another-secret"));
    let certificate = certificate(&identity, Chain::Trusted);
    for method in AuthMethod::ALL {
        agent.control.put_client(Client { token_endpoint_auth_method: *method, ..everything() }).unwrap();
        let (token, id) = (("token", "x"), ("client_id", "all"));
        let assertion = key.assertion("all", agent.control.now_s());
        let asserted = [token, ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)];
        let attempts = [
            ("none", agent.call("/revoke", &[token, id]).await),
            ("client_secret_basic", agent.call_with("/revoke", &[token], &[("authorization", &basic)]).await),
            ("client_secret_post", agent.call("/revoke", &[token, id, ("client_secret", "another-secret")]).await),
            ("private_key_jwt", agent.call("/revoke", &asserted).await),
        ];
        for (attempt, answer) in attempts {
            if attempt == method.name() {
                assert_eq!(answer.status, StatusCode::OK, "{attempt}: {}", answer.text);
            } else {
                assert_refused(&format!("{attempt} in place of {}", method.name()), &answer, "");
            }
        }
        // A public client's connection may have any certificate: it proves nothing, and nothing depends on it.
        let takes_certificate =
            matches!(method, AuthMethod::None | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth);
        let answer = agent.call_over(&certificate, "/revoke", &[token, id]).await;
        assert_eq!(answer.status == StatusCode::OK, takes_certificate, "{}: {}", method.name(), answer.text);
    }
}
