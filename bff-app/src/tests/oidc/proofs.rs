//! How the client proves to the provider who it is, and that it holds its key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosting::{Identity, Secret, base64url, sha256};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::{bound, keyed, only, redeem, tokens, with};
use crate::cannot_start::CannotStart;
use crate::oidc::{Oidc, OidcError};
use crate::tests::agent::config;
use crate::tests::sign_in::idp::{Idp, NONCE, header, payload};
use crate::{ClientAuth, Downstream, Settings, jws};

#[tokio::test]
async fn a_secret_goes_into_the_header_and_nowhere_else() {
    let idp = Idp::start();
    let mut config = config();
    config.client.secret = Some(Secret::new("s%cret:"));
    redeem(&with(&idp, &config, &Settings::default())).await.unwrap();
    let asked = only(idp.asked("/token"));
    let expected = STANDARD.encode("bff:s%25cret%3A");
    assert_eq!(asked.header("authorization"), Some(format!("Basic {expected}").as_str()));
    assert_eq!((asked.get("client_id"), asked.get("client_secret")), (None, None));
    assert_eq!((asked.get("code"), asked.get("code_verifier")), (Some("code"), Some("verifier")));
}

#[tokio::test]
async fn an_assertion_names_the_issuer_and_works_once() {
    let idp = Idp::start();
    let (config, registered) = keyed();
    let oidc = with(&idp, &config, &Settings { client_auth: ClientAuth::PrivateKeyJwt, ..Settings::default() });
    for _ in 0..2 {
        redeem(&oidc).await.unwrap();
    }
    let now = idp.handed.clock.now_s();
    let claims: Vec<Value> = idp
        .asked("/token")
        .iter()
        .map(|asked| {
            let assertion = asked.get("client_assertion").unwrap();
            assert_eq!(
                asked.get("client_assertion_type"),
                Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            );
            assert_eq!(asked.header("authorization"), None);
            jws::check(assertion, &registered, &[Some("jwt")], &[Algorithm::ES256]).unwrap()
        })
        .collect();
    assert_eq!((&claims[0]["iss"], &claims[0]["sub"]), (&json!("bff"), &json!("bff")));
    assert_eq!((&claims[0]["aud"], &claims[0]["exp"]), (&json!("http://idp.test"), &json!(now + 60)));
    assert_ne!(claims[0]["jti"], claims[1]["jti"]);
}

#[tokio::test]
async fn without_authentication_only_the_name_is_sent() {
    let idp = Idp::start();
    redeem(&with(&idp, &config(), &Settings { client_auth: ClientAuth::None, ..Settings::default() })).await.unwrap();
    let asked = only(idp.asked("/token"));
    assert_eq!((asked.header("authorization"), asked.get("client_id")), (None, Some("bff")));
}

#[tokio::test]
async fn a_client_with_a_certificate_goes_to_the_alias() {
    let idp = Idp::start();
    let alias = json!({ "mtls_endpoint_aliases": { "token_endpoint": "http://mtls.idp.test/token" } });
    idp.plan(|plan| plan.metadata = alias);
    let mut config = config();
    config.client.certificate = Some(Identity::self_signed("bff"));
    let settings = Settings { client_auth: ClientAuth::SelfSignedTlsClientAuth, ..Settings::default() };
    redeem(&with(&idp, &config, &settings)).await.unwrap();
    let asked = only(idp.asked("/token"));
    assert_eq!((asked.header("host"), asked.get("client_id")), (Some("mtls.idp.test"), Some("bff")));
    redeem(&with(&idp, &config, &Settings { downstream: Downstream::Certificate, ..Settings::default() }))
        .await
        .unwrap();
    assert_eq!(idp.asked("/token")[1].header("host"), Some("mtls.idp.test"), "tokens are bound where they are fetched");
}

#[tokio::test]
async fn what_a_setting_needs_and_nobody_gave_is_named() {
    let idp = Idp::start();
    let mut bare = config();
    bare.client.secret = None;
    let refused = |settings: Settings| match Oidc::new(&bare, &settings, &idp.handed) {
        Err(CannotStart::Credential(text)) => text,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started"),
    };
    let by = |client_auth| Settings { client_auth, ..Settings::default() };
    assert!(refused(by(ClientAuth::ClientSecretBasic)).contains("secret"));
    assert!(refused(by(ClientAuth::PrivateKeyJwt)).contains("key"));
    assert!(refused(by(ClientAuth::SelfSignedTlsClientAuth)).contains("certificate"));
    assert!(refused(Settings { client_auth: ClientAuth::None, ..bound() }).contains("token.dpop"));
    assert!(Oidc::new(&bare, &by(ClientAuth::None), &idp.handed).is_ok());
    bare.client.key = Some(Secret::new("no key"));
    let unread = Oidc::new(&bare, &by(ClientAuth::PrivateKeyJwt), &idp.handed);
    assert!(matches!(unread, Err(CannotStart::Key(text)) if !text.contains("no key")));
}

#[tokio::test]
async fn tokens_are_bound_to_the_key_that_every_request_proves() {
    let idp = Idp::start();
    let (config, registered) = keyed();
    let oidc = with(&idp, &config, &bound());
    redeem(&oidc).await.unwrap();
    oidc.refresh(&tokens()).await.unwrap();
    let asked = idp.asked("/token");
    let proofs: Vec<Value> = asked
        .iter()
        .map(|asked| {
            let proof = asked.header("dpop").unwrap();
            assert_eq!(header(proof)["jwk"]["x"], serde_json::to_value(&registered).unwrap()["keys"][0]["x"]);
            jws::check(proof, &registered, &[Some("dpop+jwt")], &[Algorithm::ES256]).unwrap()
        })
        .collect();
    assert_eq!((&proofs[0]["htm"], &proofs[0]["htu"]), (&json!("POST"), &json!("http://idp.test/token")));
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
    let proof = oidc.dpop_proof("GET", "http://api.test/orders?a=b", Some("token"), Some("theirs")).unwrap();
    let claims = payload(&proof);
    assert_eq!((&claims["htu"], &claims["nonce"]), (&json!("http://api.test/orders"), &json!("theirs")));
    assert_eq!(claims["ath"], base64url(&sha256(b"token")));
    assert_eq!(
        with(&idp, &config, &Settings::default()).dpop_proof("GET", "http://api.test/", None, None),
        None,
        "not unless it is switched on"
    );
}

#[tokio::test]
async fn a_nonce_is_repeated_once_and_then_every_time() {
    let idp = Idp::start();
    idp.plan(|plan| plan.demands_nonce = true);
    let (config, _) = keyed();
    let oidc = with(&idp, &config, &bound());
    redeem(&oidc).await.unwrap();
    oidc.refresh(&tokens()).await.unwrap();
    let nonces: Vec<Value> =
        idp.asked("/token").iter().map(|asked| payload(asked.header("dpop").unwrap())["nonce"].clone()).collect();
    assert_eq!(nonces, [Value::Null, json!(NONCE), json!(NONCE)]);
}

#[tokio::test]
async fn a_provider_that_is_never_pleased_with_a_nonce_is_asked_twice() {
    let idp = Idp::start();
    let (config, _) = keyed();
    let oidc = with(&idp, &config, &bound());
    idp.plan(|plan| plan.demands_nonce = true);
    redeem(&oidc).await.unwrap();
    let before = idp.asked("/token").len();
    idp.plan(|plan| plan.instead = vec![(400, json!({ "error": "use_dpop_nonce" })); 5].into());
    assert!(
        matches!(oidc.refresh(&tokens()).await, Err(OidcError::Refused { error, .. }) if error == "use_dpop_nonce")
    );
    assert_eq!(idp.asked("/token").len(), before + 2);
}
