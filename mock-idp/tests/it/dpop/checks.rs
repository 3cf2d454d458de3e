//! Every check of a proof (RFC 9449 §4.3), one by one.

use axum::http::StatusCode;
use mock_idp::Settings;
use serde_json::{Value, json};

use super::own_token;
use crate::agent::{Agent, Answer, DpopKey, at};

/// A proof with which nothing is wrong, for one flaw to be put into.
struct Flawless {
    agent: Agent,
    key: DpopKey,
    nonce: String,
}

impl Flawless {
    async fn new() -> Self {
        let agent = Agent::new(Settings::default());
        let nonce = agent.nonce().await;
        Self { agent, key: DpopKey::generate(), nonce }
    }

    fn claims(&self) -> Value {
        let now_s = self.agent.control.now_s();
        json!({
            "jti": hosting::random_token(),
            "htm": "POST",
            "htu": at("/token"),
            "iat": now_s,
            "nonce": self.nonce,
        })
    }

    fn header(&self) -> Value {
        self.key.proof_header()
    }

    async fn send(&self, header: &Value, claims: &Value) -> Answer {
        self.present(&[("dpop", &self.key.sign(header, claims))]).await
    }

    async fn present(&self, headers: &[(&str, &str)]) -> Answer {
        self.agent.call_with("/token", &own_token(), headers).await
    }
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

fn assert_refused(what: &str, answer: &Answer, reason: &str) {
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (StatusCode::BAD_REQUEST, "invalid_dpop_proof"),
        "{what}: {}",
        answer.text
    );
    assert!(answer.description().contains(reason), "{what}: {}", answer.description());
}

#[tokio::test]
async fn a_proof_is_refused_for_every_flaw_of_its_claims() {
    let flawless = Flawless::new().await;
    let claims = || flawless.claims();
    let now_s = flawless.agent.control.now_s();
    let rows = [
        ("check 3, no jti", without(claims(), "jti"), "jti"),
        ("check 3, an empty jti", with(claims(), "jti", json!("")), "jti"),
        ("check 3, a jti that is no text", with(claims(), "jti", json!(1)), "jti"),
        ("check 3, a jti that is too long to remember", with(claims(), "jti", json!("j".repeat(257))), "jti"),
        ("check 3, no htm", without(claims(), "htm"), "htm"),
        ("check 3, no htu", without(claims(), "htu"), "htu"),
        ("check 3, no iat", without(claims(), "iat"), "iat"),
        ("check 8, another method", with(claims(), "htm", json!("GET")), "htm"),
        ("check 8, the method in small letters", with(claims(), "htm", json!("post")), "htm"),
        ("check 9, another endpoint", with(claims(), "htu", json!(at("/userinfo"))), "htu"),
        ("check 9, another host", with(claims(), "htu", json!("https://evil.test/token")), "htu"),
        ("check 9, another scheme", with(claims(), "htu", json!("http://login.idp.test/token")), "htu"),
        ("check 9, another port", with(claims(), "htu", json!("https://login.idp.test:8443/token")), "htu"),
        ("check 9, a user name", with(claims(), "htu", json!("https://login.idp.test@evil.test/token")), "htu"),
        ("check 9, a path alone", with(claims(), "htu", json!("/token")), "htu"),
        ("check 11, too old", with(claims(), "iat", json!(now_s - 61)), "iat"),
        ("check 11, of the future", with(claims(), "iat", json!(now_s + 61)), "iat"),
        ("check 11, a date in words", with(claims(), "iat", json!("today")), "iat"),
        ("check 11, a date before time", with(claims(), "iat", json!(-1)), "iat"),
    ];
    for (what, claims, reason) in rows {
        assert_refused(what, &flawless.send(&flawless.header(), &claims).await, reason);
    }
    assert_eq!(flawless.agent.issued(), [0; 5]);
    assert_eq!(flawless.send(&flawless.header(), &claims()).await.status, StatusCode::OK, "nothing but the flaw");
}

#[tokio::test]
async fn a_proof_is_refused_for_every_flaw_of_its_header() {
    let flawless = Flawless::new().await;
    let header = || flawless.header();
    let jwk = || flawless.key.jwk();
    let other = DpopKey::generate().jwk();
    let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": hosting::base64url(&[1; 32])});
    let rows = [
        ("check 4, no typ", without(header(), "typ"), "typ"),
        ("check 4, another typ", with(header(), "typ", json!("JWT")), "typ"),
        ("check 5, no algorithm", without(header(), "alg"), "algorithm"),
        ("check 5, none", with(header(), "alg", json!("none")), "algorithm none"),
        ("check 5, a symmetric one", with(header(), "alg", json!("HS256")), "algorithm HS256"),
        ("check 5, an unsupported one", with(header(), "alg", json!("ES384")), "algorithm ES384"),
        ("check 5, another than the key's", with(header(), "alg", json!("RS256")), "key"),
        ("check 6, another key", with(header(), "jwk", other), "signature"),
        ("check 6, a key of another type", with(header(), "jwk", okp), "key"),
        ("check 6, no key", without(header(), "jwk"), "jwk"),
        ("check 6, a key that is a text", with(header(), "jwk", json!("key")), "key"),
        ("check 6, a key without coordinates", with(header(), "jwk", without(jwk(), "y")), "key"),
        ("check 6, a symmetric key", with(header(), "jwk", json!({"kty": "oct", "k": "AAAA"})), "key"),
        ("check 7, a private key", with(header(), "jwk", with(jwk(), "d", json!("AQAB"))), "key"),
        ("critical extensions", with(header(), "crit", json!(["b64"])), "crit"),
    ];
    for (what, header, reason) in rows {
        assert_refused(what, &flawless.send(&header, &flawless.claims()).await, reason);
    }
    assert_eq!(flawless.agent.issued(), [0; 5]);
}

#[tokio::test]
async fn a_proof_is_one_well_formed_jwt_in_one_header() {
    let flawless = Flawless::new().await;
    let proof = || flawless.key.sign(&flawless.header(), &flawless.claims());
    let two = flawless.present(&[("dpop", &proof()), ("dpop", &proof())]).await;
    assert_refused("check 1, two headers", &two, "more than one");
    let same = proof();
    let twice = flawless.present(&[("dpop", &same), ("dpop", &same)]).await;
    assert_refused("check 1, the same twice", &twice, "more than one");
    let (signed, _) = same.rsplit_once('.').unwrap();
    for text in ["", "x", "a.b.c", signed, &format!("{signed}."), &format!("{same}.x"), &format!("{same},{same}")] {
        assert_refused(text, &flawless.present(&[("dpop", text)]).await, "DPoP proof was refused");
    }
    assert_eq!(flawless.present(&[("dpop", &same)]).await.status, StatusCode::OK, "nothing has used it up");
}

/// Source: RFC 9449 §4.3, check 9 (without query and fragment, normalised as in RFC 3986 §6.2.2 and §6.2.3), check 11.
#[tokio::test]
async fn what_is_not_a_flaw_is_taken() {
    let flawless = Flawless::new().await;
    let claims = || flawless.claims();
    let now_s = flawless.agent.control.now_s();
    for (what, claims) in [
        ("a query and a fragment", with(claims(), "htu", json!(format!("{}?a=b#c", at("/token"))))),
        ("the default port", with(claims(), "htu", json!("https://login.idp.test:443/token"))),
        ("a host in large letters", with(claims(), "htu", json!("HTTPS://LOGIN.idp.test/token"))),
        ("the address with mutual TLS", with(claims(), "htu", json!("https://mtls.idp.test/token"))),
        ("a minute of age", with(claims(), "iat", json!(now_s - 60))),
        ("a clock that is ahead", with(claims(), "iat", json!(now_s + 60))),
        ("further claims", with(claims(), "sub", json!("somebody"))),
    ] {
        let answer = flawless.send(&flawless.header(), &claims).await;
        assert_eq!(answer.status, StatusCode::OK, "{what}: {}", answer.text);
    }
}

/// Source: RFC 7519 §2, `NumericDate`: non-integer values can be represented.
#[tokio::test]
async fn a_date_may_have_a_fraction() {
    let flawless = Flawless::new().await;
    #[expect(clippy::cast_precision_loss, reason = "a date of this century is exact")]
    let now_s = flawless.agent.control.now_s() as f64;
    let answer = flawless.send(&flawless.header(), &with(flawless.claims(), "iat", json!(now_s + 0.5))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}
