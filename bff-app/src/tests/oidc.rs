//! The provider as the client sees it, asked over the wire: what is fetched, kept, bounded, and what is refused.

mod proofs;

use std::sync::atomic::Ordering;
use std::time::Duration;

use hosting::{ClientKey, Issuer, Secret};
use jsonwebtoken::jwk::JwkSet;
use serde_json::json;

use super::agent::config;
use super::sign_in::idp::{Asked, Idp};
use crate::oidc::{Oidc, OidcError};
use crate::session::Tokens;
use crate::{Config, Hardening, Settings, jws};

fn oidc(idp: &Idp) -> Oidc {
    with(idp, &config(), &Settings::default())
}

fn with(idp: &Idp, config: &Config, settings: &Settings) -> Oidc {
    Oidc::new(config, settings, &idp.handed).expect("the credentials are there")
}

/// Returns a configuration whose client has a key, and what the provider knows of it.
fn keyed() -> (Config, JwkSet) {
    let key = ClientKey::generate();
    let registered = serde_json::from_value(json!({ "keys": [key.jwk] })).unwrap();
    let mut config = config();
    config.client.key = Some(key.pem);
    (config, registered)
}

fn bound() -> Settings {
    let mut settings = Settings::default();
    settings.token.dpop = Hardening::On;
    settings
}

fn tokens() -> Tokens {
    serde_json::from_value(json!({
        "access_token": "own-token", "access_expires_s": 7, "refresh_token": "refresh-token", "id_token": "id",
    }))
    .unwrap()
}

async fn redeem(oidc: &Oidc) -> Result<Tokens, OidcError> {
    oidc.redeem("code", "https://bff.test/bff/callback", Some("verifier")).await.map(|granted| granted.tokens)
}

async fn is_taken(oidc: &Oidc, token: &str) -> bool {
    oidc.check(token, &[Some("jwt")]).await.unwrap().is_ok()
}

fn only(asked: Vec<Asked>) -> Asked {
    assert_eq!(asked.len(), 1);
    asked.into_iter().next().unwrap()
}

#[tokio::test]
async fn metadata_is_fetched_once_in_ten_minutes_and_again_after_a_failure() {
    let idp = Idp::start();
    let oidc = oidc(&idp);
    let count = || idp.asked("/.well-known/openid-configuration").len();
    idp.plan(|plan| plan.metadata = json!({ "issuer": "http://other.test" }));
    assert!(matches!(oidc.metadata().await, Err(OidcError::OtherIssuer { .. })));
    idp.plan(|plan| plan.metadata = json!({}));
    assert!(oidc.metadata().await.is_ok(), "a failure is not kept");
    idp.handed.clock.advance(Duration::from_secs(599));
    assert_eq!((oidc.metadata().await.is_ok(), count()), (true, 2));
    idp.handed.clock.advance(Duration::from_secs(1));
    assert_eq!((oidc.metadata().await.is_ok(), count()), (true, 3));
}

#[tokio::test]
async fn an_issuer_may_have_a_path() {
    let idp = Idp::start();
    idp.plan(|plan| plan.metadata = json!({ "issuer": "http://idp.test/realms/one" }));
    let mut config = config();
    config.issuer = Issuer::parse("http://idp.test/realms/one").unwrap();
    assert!(with(&idp, &config, &Settings::default()).metadata().await.is_ok());
    assert_eq!(idp.asked("/realms/one/.well-known/openid-configuration").len(), 1);
}

#[tokio::test]
async fn keys_of_a_rotation_are_taken_at_once_and_a_flood_of_unknown_ones_asks_once() {
    let idp = Idp::start();
    let oidc = oidc(&idp);
    let old = idp.id_token("a");
    assert!(is_taken(&oidc, &old).await);
    idp.rotate("next");
    let next = idp.id_token("a");
    assert!(is_taken(&oidc, &next).await);
    assert!(!is_taken(&oidc, &old).await, "its key was withdrawn");
    for n in 0..100 {
        idp.plan(|plan| plan.header.kid = Some(format!("unknown-{n}")));
        assert!(!is_taken(&oidc, &idp.id_token("a")).await);
    }
    assert_eq!(idp.asked("/jwks").len(), 2);
    idp.handed.clock.advance(Duration::from_secs(10));
    assert!(!is_taken(&oidc, &old).await);
    assert_eq!(idp.asked("/jwks").len(), 3);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_refused_after_ten_minutes_at_the_latest() {
    let idp = Idp::start();
    let oidc = oidc(&idp);
    let old = idp.id_token("a");
    assert!(is_taken(&oidc, &old).await);
    idp.rotate("next");
    assert!(is_taken(&oidc, &old).await, "nobody has asked again yet");
    idp.handed.clock.advance(Duration::from_secs(600));
    assert!(!is_taken(&oidc, &old).await);
}

#[tokio::test]
async fn only_announced_algorithms_are_taken() {
    let idp = Idp::start();
    idp.plan(|plan| plan.metadata = json!({ "id_token_signing_alg_values_supported": ["RS256"] }));
    let checked = oidc(&idp).check(&idp.id_token("a"), &[Some("jwt")]).await.unwrap();
    assert_eq!(checked, Err(jws::Rejected::Algorithm("ES256".to_owned())));
}

#[tokio::test]
async fn a_token_of_another_type_than_was_asked_for_is_thrown_away() {
    let idp = Idp::start();
    idp.plan(|plan| plan.tokens = json!({ "token_type": "bEARER" }));
    assert!(redeem(&oidc(&idp)).await.is_ok(), "in any case (RFC 6749 §5.1)");
    let (config, _) = keyed();
    assert!(matches!(redeem(&with(&idp, &config, &bound())).await, Err(OidcError::Unreadable { .. })));
    idp.plan(|plan| plan.tokens = json!({ "token_type": "mac" }));
    assert!(matches!(redeem(&oidc(&idp)).await, Err(OidcError::Unreadable { .. })));
}

#[tokio::test]
async fn an_answer_that_leaves_things_out_is_taken_and_one_that_exaggerates_is_bounded() {
    let idp = Idp::start();
    let now = idp.handed.clock.now_s();
    let oidc = oidc(&idp);
    idp.plan(|plan| plan.tokens = json!({ "expires_in": null, "refresh_token": null }));
    let taken = redeem(&oidc).await.unwrap();
    assert_eq!((taken.access_expires_s, taken.refresh_token), (now + 60, None));
    idp.plan(|plan| plan.tokens = json!({ "expires_in": u64::MAX, "refresh_expires_in": u64::MAX }));
    let taken = redeem(&oidc).await.unwrap();
    assert_eq!((taken.access_expires_s, taken.refresh_expires_s), (now + 86_400, Some(u64::MAX)));
    for bad in [json!({ "expires_in": -1 }), json!({ "access_token": "" }), json!({ "id_token": null })] {
        idp.plan(|plan| plan.tokens = bad.clone());
        assert!(matches!(redeem(&oidc).await, Err(OidcError::Unreadable { .. })), "{bad}");
    }
}

#[tokio::test]
async fn a_refresh_without_a_new_refresh_token_keeps_the_old_one() {
    let idp = Idp::start();
    let oidc = oidc(&idp);
    let next = oidc.refresh(&tokens()).await.unwrap();
    assert_eq!(
        (next.access_token.as_str(), next.refresh_token.as_deref()),
        ("refreshed-token", Some("next-refresh-token"))
    );
    idp.plan(|plan| plan.tokens = json!({ "refresh_token": null, "id_token": "another" }));
    let next = oidc.refresh(&tokens()).await.unwrap();
    assert_eq!((next.refresh_token.as_deref(), next.id_token.as_str()), (Some("refresh-token"), "id"));
}

#[tokio::test]
async fn a_refresh_that_brings_another_user_is_refused() {
    let idp = Idp::start();
    let oidc = oidc(&idp);
    let old = Tokens { id_token: idp.id_token("a"), ..tokens() };
    let own = idp.id_token("b");
    idp.plan(|plan| plan.claims = json!({ "sub": "sub-of-bob" }));
    let others = idp.id_token("b");
    idp.plan(|plan| plan.tokens = json!({ "id_token": own }));
    assert!(oidc.refresh(&old).await.is_ok());
    for wrong in [others.as_str(), "no.token.at-all", ""] {
        idp.plan(|plan| plan.tokens = json!({ "id_token": wrong }));
        assert!(matches!(oidc.refresh(&old).await, Err(OidcError::Unreadable { .. })), "{wrong}");
    }
}

#[tokio::test]
async fn a_narrowed_refresh_leaves_the_sessions_own_token_as_it_is() {
    let idp = Idp::start();
    let (narrowed, own) = oidc(&idp).refresh_narrowed(&tokens(), "http://api.test", "accounts").await.unwrap();
    assert_eq!(narrowed.access_token, "refreshed-token");
    assert_eq!((own.access_token.as_str(), own.access_expires_s), ("own-token", 7));
    assert_eq!(own.refresh_token.as_deref(), Some("next-refresh-token"));
    let asked = only(idp.asked("/token"));
    assert_eq!((asked.get("resource"), asked.get("scope")), (Some("http://api.test"), Some("accounts")));
}

#[tokio::test]
async fn a_token_is_exchanged_for_one_api_and_a_password_for_a_technical_users() {
    let idp = Idp::start();
    let oidc = oidc(&idp);
    let exchanged = oidc.exchange("user-token", "http://api.test", Some("accounts")).await.unwrap();
    assert_eq!(exchanged.access_token, "exchanged-token");
    assert_eq!(exchanged.expires_s, idp.handed.clock.now_s() + 300);
    let technical = oidc.password("robot", &Secret::new("pass"), "http://api.test").await.unwrap();
    assert_eq!(technical.access_token, "technical-token");
    let asked = idp.asked("/token");
    let access_token = Some("urn:ietf:params:oauth:token-type:access_token");
    assert_eq!(asked[0].get("grant_type"), Some("urn:ietf:params:oauth:grant-type:token-exchange"));
    assert_eq!((asked[0].get("subject_token"), asked[0].get("subject_token_type")), (Some("user-token"), access_token));
    assert_eq!((asked[0].get("audience"), asked[0].get("scope")), (Some("http://api.test"), Some("accounts")));
    assert_eq!((asked[1].get("username"), asked[1].get("password")), (Some("robot"), Some("pass")));
    assert_eq!((asked[1].get("grant_type"), asked[1].get("resource")), (Some("password"), Some("http://api.test")));
}

#[tokio::test]
async fn both_tokens_are_revoked_and_failures_are_counted_and_nothing_else() {
    let idp = Idp::start();
    let oidc = oidc(&idp);
    oidc.revoke(&tokens()).await;
    let mut revoked: Vec<(String, String)> = idp
        .asked("/revoke")
        .iter()
        .map(|asked| (asked.get("token").unwrap().to_owned(), asked.get("token_type_hint").unwrap().to_owned()))
        .collect();
    revoked.sort();
    let pair = |token: &str, hint: &str| (token.to_owned(), hint.to_owned());
    assert_eq!(revoked, [pair("own-token", "access_token"), pair("refresh-token", "refresh_token")]);
    let failures = || oidc.revocation_failures.load(Ordering::Relaxed);
    assert_eq!(failures(), 0);
    idp.plan(|plan| plan.instead = vec![(503, json!({}))].into());
    oidc.revoke(&tokens()).await;
    assert_eq!((failures(), idp.asked("/revoke").len()), (1, 4), "one that fails does not keep the other");
}

#[tokio::test]
async fn a_provider_without_revocation_is_no_failure_and_one_that_is_away_is() {
    let idp = Idp::start();
    idp.plan(|plan| plan.metadata = json!({ "revocation_endpoint": null }));
    let without = oidc(&idp);
    without.revoke(&tokens()).await;
    assert_eq!(without.revocation_failures.load(Ordering::Relaxed), 0);
    let mut config = config();
    config.issuer = Issuer::parse("http://away.test").unwrap();
    let away = with(&idp, &config, &Settings::default());
    away.revoke(&tokens()).await;
    assert_eq!(away.revocation_failures.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_answer_without_an_end_or_that_leads_elsewhere_is_refused() {
    let idp = Idp::start();
    let oidc = oidc(&idp);
    let long = json!({ "error": "x", "error_description": "y".repeat(1024 * 1024) });
    idp.plan(|plan| plan.instead = vec![(400, long)].into());
    assert!(matches!(redeem(&oidc).await, Err(OidcError::Unreadable { .. })));
    idp.plan(|plan| plan.instead = vec![(307, json!({}))].into());
    assert!(matches!(redeem(&oidc).await, Err(OidcError::Refused { status: 307, .. })));
    assert_eq!(idp.asked("/token").len(), 2);
}

#[tokio::test]
async fn what_the_provider_cannot_do_is_known() {
    let idp = Idp::start();
    let none = oidc(&idp).abilities().await.unwrap();
    assert!(none.revocation && !none.end_session && !none.token_exchange);
    idp.plan(|plan| {
        plan.metadata = json!({
            "end_session_endpoint": "http://idp.test/end", "userinfo_endpoint": "http://idp.test/userinfo",
            "pushed_authorization_request_endpoint": "http://idp.test/par", "backchannel_logout_supported": true,
            "grant_types_supported": ["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"],
        });
    });
    assert!(oidc(&idp).abilities().await.unwrap().missing().is_empty());
}
