//! What an ID token must say, and who must have signed it, before a session begins.

use hosting::{ClientKey, base64url};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::browser::{Browser, signed_in};
use super::idp::Idp;
use crate::Settings;

/// Makes a forged token of what the provider would have said.
type Forgery<'a> = &'a dyn Fn(&Idp, &Value) -> String;

#[tokio::test]
async fn an_id_token_with_a_wrong_claim_begins_no_session() {
    let wrong = [
        json!({ "iss": "http://other.test" }),
        json!({ "aud": "other" }),
        json!({ "aud": ["bff", "other"] }),
        json!({ "azp": "other" }),
        json!({ "exp": 1 }),
        json!({ "iat": null }),
        json!({ "sub": null }),
        json!({ "sub": ["sub-of-alice"] }),
        json!({ "nonce": "of another sign-in" }),
        json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }),
    ];
    for claims in wrong {
        let idp = Idp::start();
        idp.plan(|plan| plan.claims = claims.clone());
        let (browser, location) = signed_in(&idp, Settings::default(), "").await;
        assert_eq!(location, "/?sign_in_failed=id_token_refused", "{claims}");
        assert!(browser.session().await.is_none(), "{claims}");
    }
}

#[tokio::test]
async fn a_forged_id_token_begins_no_session() {
    let claims = |idp: &Idp, nonce: &str| {
        let now = idp.handed.clock.now_s();
        json!({ "iss": "http://idp.test", "aud": "bff", "sub": "mallory", "iat": now, "exp": now + 60, "nonce": nonce })
    };
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    let forgeries: [Forgery<'_>; 6] = [
        // No signature.
        &|_, claims| format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims)),
        // The public key as a secret (RFC 8725 §2.1).
        &|idp, claims| {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = Some("k".to_owned());
            encode(&header, claims, &EncodingKey::from_secret(idp.jwk().to_string().as_bytes())).unwrap()
        },
        // An own key, under the name of the provider's.
        &|_, claims| own_key(claims, |header| header.kid = Some("k".to_owned())),
        // An own key in the header.
        &|_, claims| {
            own_key(claims, |header| {
                header.jwk = serde_json::from_value(ClientKey::generate().jwk).ok();
                header.kid = None;
            })
        },
        // A name that the provider does not know.
        &|_, claims| own_key(claims, |header| header.kid = Some("../../dev/null".to_owned())),
        // Another kind of statement.
        &|_, claims| own_key(claims, |header| header.typ = Some("logout+jwt".to_owned())),
    ];
    for (n, forge) in forgeries.into_iter().enumerate() {
        let idp = Idp::start();
        let mut browser = Browser::new(&idp, Settings::default());
        let led = browser.begin("").await;
        let forged = forge(&idp, &claims(&idp, led.get("nonce").unwrap()));
        idp.plan(|plan| plan.id_token = Some(forged));
        assert_eq!(browser.come_back(&idp, &led).await, "/?sign_in_failed=id_token_refused", "forgery {n}");
        assert!(browser.session().await.is_none(), "forgery {n}");
    }
}

fn own_key(claims: &Value, change: impl FnOnce(&mut Header)) -> String {
    let mut header = Header::new(Algorithm::ES256);
    change(&mut header);
    let key = EncodingKey::from_ec_pem(ClientKey::generate().pem.expose().as_bytes()).unwrap();
    encode(&header, claims, &key).unwrap()
}

#[tokio::test]
async fn a_token_that_demands_an_extension_begins_no_session() {
    let idp = Idp::start();
    idp.plan(|plan| plan.header.crit = Some(vec!["exp".to_owned()]));
    assert_eq!(signed_in(&idp, Settings::default(), "").await.1, "/?sign_in_failed=id_token_refused");
}

#[tokio::test]
async fn a_provider_may_leave_out_what_the_specification_lets_it_leave_out() {
    let idp = Idp::start();
    idp.plan(|plan| {
        plan.claims = json!({ "sid": null, "acr": null, "auth_time": null, "at_hash": null, "name": null });
        plan.header.kid = None;
        plan.header.typ = None;
        plan.tokens = json!({ "token_type": "bearer", "expires_in": null, "refresh_token": null });
    });
    let (browser, location) = signed_in(&idp, Settings::default(), "").await;
    assert_eq!(location, "/");
    let found = browser.session().await.unwrap();
    assert_eq!((found.session.sid.as_deref(), found.session.name.as_str()), (None, "sub-of-alice"));
    // With two keys it must say which one it means (OpenID Connect Core 1.0 §10.1).
    let idp = Idp::start();
    idp.publish("other", ClientKey::generate());
    idp.plan(|plan| plan.header.kid = None);
    assert_eq!(signed_in(&idp, Settings::default(), "").await.1, "/?sign_in_failed=id_token_refused");
}

#[tokio::test]
async fn what_was_asked_of_the_sign_in_is_held_against_it() {
    let cases = [
        ("max_age=300", json!({ "auth_time": 1 }), "/?sign_in_failed=too_weak"),
        ("max_age=300", json!({ "auth_time": null }), "/?sign_in_failed=too_weak"),
        ("max_age=300", json!({}), "/"),
        ("acr_values=2", json!({}), "/?sign_in_failed=too_weak"),
        ("acr_values=2", json!({ "acr": "2" }), "/"),
        ("", json!({ "auth_time": 1, "acr": "0" }), "/"),
    ];
    for (query, claims, expected) in cases {
        let idp = Idp::start();
        idp.plan(|plan| plan.claims = claims.clone());
        assert_eq!(signed_in(&idp, Settings::default(), query).await.1, expected, "{query} {claims}");
    }
}
