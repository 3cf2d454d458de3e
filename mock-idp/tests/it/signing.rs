//! ID tokens under every algorithm, and the keys that verify them (OpenID Connect Core 1.0 §3.1.3.6 and §10).

use aws_lc_rs::digest::{SHA512, digest};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use mock_idp::{Settings, SigningAlgorithm};
use serde_json::Value;

use crate::agent::{Agent, ISSUER, claims};

fn verification(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::Rs256 => Algorithm::RS256,
        SigningAlgorithm::Ps256 => Algorithm::PS256,
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

/// Source: OpenID Connect Core 1.0 §3.1.3.6: the left half of the digest that belongs to the algorithm.
fn at_hash(algorithm: SigningAlgorithm, access_token: &str) -> String {
    match algorithm {
        // Ed25519 signs by SHA-512 (RFC 8032 §5.1).
        SigningAlgorithm::EdDsa => hosting::base64url(&digest(&SHA512, access_token.as_bytes()).as_ref()[..32]),
        _ => hosting::base64url(&hosting::sha256(access_token.as_bytes())[..16]),
    }
}

async fn published(agent: &mut Agent) -> Value {
    agent.get("/jwks", &[]).await.json()
}

/// Verifies an ID token as a client does, by the key that its `kid` names.
fn verifies(jwks: &Value, algorithm: SigningAlgorithm, id_token: &str) -> bool {
    let jwks: JwkSet = serde_json::from_value(jwks.clone()).unwrap();
    let header = jsonwebtoken::decode_header(id_token).unwrap();
    let Some(jwk) = jwks.find(&header.kid.unwrap()) else { return false };
    let mut validation = Validation::new(verification(algorithm));
    validation.set_audience(&["bff"]);
    validation.set_issuer(&[ISSUER]);
    jsonwebtoken::decode::<Value>(id_token, &DecodingKey::from_jwk(jwk).unwrap(), &validation).is_ok()
}

fn kid(jwt: &str) -> String {
    jsonwebtoken::decode_header(jwt).unwrap().kid.unwrap()
}

#[tokio::test]
async fn an_id_token_verifies_by_the_published_key_of_every_algorithm() {
    for algorithm in SigningAlgorithm::ALL {
        let mut agent = Agent::new(Settings::default());
        agent.change_client("bff", |client| client.id_token_signed_response_alg = *algorithm);
        let tokens = agent.sign_in("bff").await;
        let header = jsonwebtoken::decode_header(&tokens.id).unwrap();
        assert_eq!((header.alg, header.typ.as_deref()), (verification(*algorithm), Some("JWT")));
        assert!(verifies(&published(&mut agent).await, *algorithm, &tokens.id), "{algorithm:?}");
        assert_eq!(claims(&tokens.id)["at_hash"], at_hash(*algorithm, &tokens.access), "{algorithm:?}");
    }
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_shows_nothing_private() {
    let mut agent = Agent::new(Settings::default());
    for (id, algorithm) in [("bff", SigningAlgorithm::EdDsa), ("spa", SigningAlgorithm::Rs256)] {
        agent.change_client(id, |client| client.id_token_signed_response_alg = algorithm);
    }
    let jwks = published(&mut agent).await;
    let keys = jwks["keys"].as_array().unwrap();
    let mut algorithms: Vec<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    algorithms.sort_unstable();
    assert_eq!(algorithms, ["ES256", "EdDSA", "RS256"]);
    for key in keys {
        assert_eq!(key["use"], "sig");
        assert_eq!(key["kid"].as_str().unwrap().len(), 43, "the thumbprint of RFC 7638");
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None);
        }
    }
    assert!(verifies(&jwks, SigningAlgorithm::EdDsa, &agent.sign_in("bff").await.id));
}

#[tokio::test]
async fn two_providers_share_no_key() {
    let (mut one, mut other) = (Agent::new(Settings::default()), Agent::new(Settings::default()));
    let tokens = one.sign_in("bff").await;
    assert!(!verifies(&published(&mut other).await, SigningAlgorithm::Es256, &tokens.id));
}

/// Source: OpenID Connect Core 1.0 §10.1.1.
#[tokio::test]
async fn after_a_rotation_old_tokens_verify_and_new_ones_have_a_new_kid() {
    let mut agent = Agent::new(Settings::default());
    let old = agent.sign_in("bff").await;
    agent.control.rotate_keys();
    let new = agent.sign_in("bff").await;
    assert_ne!(kid(&old.id), kid(&new.id));
    let jwks = published(&mut agent).await;
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 2);
    for tokens in [&old, &new] {
        assert!(verifies(&jwks, SigningAlgorithm::Es256, &tokens.id));
    }
    // The old one is still a hint, and so is the new one.
    for id in [&old.id, &new.id] {
        let answer = agent.authorize("bff", &[("id_token_hint", id), ("prompt", "none")]).await;
        assert!(answer.parameter("code").is_some(), "{}", answer.location());
    }
}

#[tokio::test]
async fn a_withdrawn_key_verifies_nothing_any_more() {
    let mut agent = Agent::new(Settings::default());
    let old = agent.sign_in("bff").await;
    agent.control.rotate_keys();
    let new = agent.sign_in("bff").await;
    agent.control.withdraw_replaced_keys();
    let jwks = published(&mut agent).await;
    assert_eq!(jwks, agent.control.jwks());
    assert!(!verifies(&jwks, SigningAlgorithm::Es256, &old.id) && verifies(&jwks, SigningAlgorithm::Es256, &new.id));
    let answer = agent.authorize("bff", &[("id_token_hint", &old.id), ("prompt", "none")]).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"));
}
