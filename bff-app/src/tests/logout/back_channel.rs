//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4 to §2.8): what the right ones end; all others end nothing.

use http::{StatusCode, header, request};
use serde_json::{Value, json};

use super::super::agent::{Agent, config, handed, json_of, request};
use super::super::provider::Provider;
use super::{beside, with};
use crate::remembered::Drawer;
use crate::settings::{Settings, Switch};

fn form() -> request::Builder {
    request("POST", "/bff/backchannel-logout").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

/// Sends a logout token as the provider does.
async fn tell(agent: &Agent, token: &str) -> StatusCode {
    agent.send(form(), &format!("logout_token={token}")).await.status()
}

/// Returns a logout token that says the truth but for this change.
fn token(provider: &Provider, change: impl Fn(&mut Value)) -> String {
    let mut claims = provider.logout_claims();
    change(&mut claims);
    provider.sign(Some("logout+jwt"), &claims)
}

fn of(sid: &'static str, sub: &'static str) -> impl Fn(&mut Value) {
    move |claims| {
        for (name, value) in [("sid", sid), ("sub", sub)] {
            if !value.is_empty() {
                claims[name] = json!(value);
            }
        }
    }
}

#[tokio::test]
async fn a_logout_token_ends_exactly_what_it_names() {
    let provider = Provider::start();
    for (sid, sub, lives) in [
        ("x", "", [false, true, true]),
        ("x", "alice", [false, true, true]),
        ("", "alice", [false, false, true]),
        ("x", "bob", [true, true, true]),
        ("nobodys", "alice", [true, true, true]),
        ("nobodys", "", [true, true, true]),
        ("", "bob", [true, true, false]),
    ] {
        let agent = beside(&provider, Settings::default());
        let sessions = [
            agent.begin("alice", Some("x")).await,
            agent.begin("alice", Some("y")).await,
            agent.begin("bob", Some("z")).await,
        ];
        assert_eq!(tell(&agent, &token(&provider, of(sid, sub))).await, StatusCode::OK);
        for (cookie, lives) in sessions.iter().zip(lives) {
            assert_eq!(agent.lives(cookie).await, lives, "sid {sid:?} sub {sub:?}");
        }
    }
}

#[tokio::test]
async fn an_end_wakes_whoever_serves_a_stream() {
    let provider = Provider::start();
    let agent = beside(&provider, Settings::default());
    agent.begin("alice", Some("x")).await;
    let ended = agent.bff.sessions.ended().notified();
    assert_eq!(tell(&agent, &token(&provider, of("x", "alice"))).await, StatusCode::OK);
    tokio::time::timeout(std::time::Duration::from_secs(5), ended).await.unwrap();
}

#[tokio::test]
async fn the_corpus_of_forged_logout_tokens_ends_nothing() {
    let provider = Provider::start();
    let agent = beside(&provider, Settings::default());
    let cookie = agent.begin("alice", Some("x")).await;
    let right = || {
        let mut claims = provider.logout_claims();
        of("x", "alice")(&mut claims);
        claims
    };
    let changed = |name: &str, value: Value| {
        let mut claims = right();
        claims[name] = value;
        provider.sign(Some("logout+jwt"), &claims)
    };
    let without = |name: &str| {
        let mut claims = right();
        claims.as_object_mut().unwrap().remove(name);
        provider.sign(Some("logout+jwt"), &claims)
    };
    let whole = provider.sign(Some("logout+jwt"), &right());
    let (signed, signature) = whole.rsplit_once('.').unwrap();
    let (_, payload) = signed.split_once('.').unwrap();
    let unsigned = hosting::base64url(br#"{"alg":"none","typ":"logout+jwt"}"#);
    let symmetric = hosting::base64url(br#"{"alg":"HS256","typ":"logout+jwt","kid":"k"}"#);
    let critical = hosting::base64url(br#"{"alg":"ES256","typ":"logout+jwt","kid":"k","crit":["x"]}"#);
    let now = provider.handed.clock.now_s();
    for (what, token) in [
        ("unsigned", format!("{unsigned}.{payload}.")),
        ("symmetric", format!("{symmetric}.{payload}.{signature}")),
        ("critical", format!("{critical}.{payload}.{signature}")),
        ("another key", Provider::offering(&json!({})).sign(Some("logout+jwt"), &right())),
        ("no signature", format!("{signed}.")),
        ("wrong signature", format!("{signed}.{}", "A".repeat(86))),
        ("no type", provider.sign(None, &right())),
        ("type of an ID token", provider.sign(Some("JWT"), &right())),
        ("type of an access token", provider.sign(Some("at+jwt"), &right())),
        ("encrypted", format!("{signed}.{signature}.x.y.z")),
        ("no token", "this-is-no-token".to_owned()),
        ("empty", String::new()),
        ("issuer", changed("iss", json!("http://evil.test"))),
        ("audience", changed("aud", json!("another"))),
        ("no audience", without("aud")),
        ("audiences", changed("aud", json!(["another", "and-another"]))),
        ("no time", without("iat")),
        ("future", changed("iat", json!(now + 31_536_000))),
        ("no expiry", without("exp")),
        ("expired", changed("exp", json!(now - 600))),
        ("expiry beyond numbers", changed("exp", json!(1e300))),
        ("nonce", changed("nonce", json!("n"))),
        ("no event", without("events")),
        ("another event", changed("events", json!({ "account-disabled": {} }))),
        ("events in a list", changed("events", json!(["http://schemas.openid.net/event/backchannel-logout"]))),
        ("no jti", without("jti")),
        ("odd sid", changed("sid", json!(["x"]))),
        ("odd sub", changed("sub", json!({ "alice": true }))),
    ] {
        let answer = agent.send(form(), &format!("logout_token={token}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{what}");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store", "{what}");
        let body = json_of(answer).await;
        assert_eq!(body["error"], "invalid_request", "{what}");
        assert!(body["error_description"].is_string(), "{what}");
        assert!(agent.lives(&cookie).await, "{what}");
    }
    assert_eq!(tell(&agent, &whole).await, StatusCode::OK, "the right one is taken after all that");
    assert!(!agent.lives(&cookie).await);
}

#[tokio::test]
async fn a_logout_token_comes_once_in_a_short_form() {
    let provider = Provider::start();
    let agent = beside(&provider, Settings::default());
    let cookie = agent.begin("alice", Some("x")).await;
    let token = token(&provider, of("x", "alice"));
    let json = request("POST", "/bff/backchannel-logout").header(header::CONTENT_TYPE, "application/json");
    for (what, request, body) in [
        ("twice", form(), format!("logout_token={token}&logout_token={token}")),
        ("under another name", form(), format!("token={token}")),
        ("too long", form(), format!("logout_token={token}&x={}", "y".repeat(64 * 1024))),
        ("as JSON", json, format!("logout_token={token}")),
        ("without a type", request("POST", "/bff/backchannel-logout"), format!("logout_token={token}")),
        ("in the address", request("POST", &format!("/bff/backchannel-logout?logout_token={token}")), String::new()),
        ("empty", form(), String::new()),
    ] {
        let answer = agent.send(request, &body).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{what}");
        assert_eq!(json_of(answer).await["error"], "invalid_request", "{what}");
    }
    assert!(agent.lives(&cookie).await);
    let with_charset = request("POST", "/bff/backchannel-logout")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
    assert_eq!(agent.send(with_charset, &format!("logout_token={token}")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_logout_token_works_once_unless_that_is_switched_off() {
    let provider = Provider::start();
    for (replay, second) in [(Switch::On, StatusCode::BAD_REQUEST), (Switch::Off, StatusCode::OK)] {
        let agent = beside(&provider, with(|settings| settings.logout.bcl_replay = replay));
        let token = token(&provider, of("", "alice"));
        assert_eq!(tell(&agent, &token).await, StatusCode::OK);
        let cookie = agent.begin("alice", Some("later")).await;
        assert_eq!(tell(&agent, &token).await, second);
        assert_eq!(agent.lives(&cookie).await, replay == Switch::On, "a replayed order ends what began after it");
    }
}

#[tokio::test]
async fn an_end_that_comes_first_is_remembered_unless_that_is_switched_off() {
    let provider = Provider::start();
    for (early, expected) in [(Switch::On, Some(true)), (Switch::Off, None)] {
        let agent = beside(&provider, with(|settings| settings.logout.bcl_early = early));
        assert_eq!(tell(&agent, &token(&provider, of("x", "alice"))).await, StatusCode::OK);
        let remembered: Option<bool> = agent.bff.remembered.get(Drawer::EndedSid, "x").await.unwrap();
        assert_eq!(remembered, expected);
    }
}

#[tokio::test]
async fn without_checks_an_id_token_signs_its_user_out() {
    let provider = Provider::start();
    let id_token =
        provider.sign(None, &json!({ "iss": "http://idp.test", "aud": "another", "sub": "alice", "nonce": "n" }));
    for (checks, status) in [(Switch::On, StatusCode::BAD_REQUEST), (Switch::Off, StatusCode::OK)] {
        let agent = beside(&provider, with(|settings| settings.logout.bcl_checks = checks));
        let cookie = agent.begin("alice", Some("x")).await;
        assert_eq!(tell(&agent, &id_token).await, status);
        assert_eq!(agent.lives(&cookie).await, checks == Switch::On);
    }
    let stranger = Provider::offering(&json!({})).sign(None, &json!({ "sub": "alice" }));
    let agent = beside(&provider, with(|settings| settings.logout.bcl_checks = Switch::Off));
    let cookie = agent.begin("alice", Some("x")).await;
    assert_eq!(tell(&agent, &stranger).await, StatusCode::BAD_REQUEST, "who signed is checked all the same");
    assert!(agent.lives(&cookie).await);
}

#[tokio::test]
async fn without_back_channel_logout_nobody_is_listened_to() {
    let provider = Provider::start();
    let agent = beside(&provider, with(|settings| settings.logout.bcl = Switch::Off));
    let cookie = agent.begin("alice", Some("x")).await;
    assert_eq!(tell(&agent, &token(&provider, of("x", "alice"))).await, StatusCode::NOT_FOUND);
    assert!(agent.lives(&cookie).await);
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_a_reason_to_come_again() {
    let provider = Provider::start();
    let agent = Agent::with(config(), Settings::default(), handed());
    let answer = agent.send(form(), &format!("logout_token={}", token(&provider, of("x", "")))).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(json_of(answer).await["error"], "temporarily_unavailable");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn no_body_ends_anything_or_makes_it_panic(body in ".{0,200}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let status = runtime.block_on(async {
            let agent = Agent::with(config(), Settings::default(), handed());
            agent.send(form(), &format!("logout_token={body}")).await.status()
        });
        // Without its provider's keys it can only ask to come again.
        proptest::prop_assert!([400, 503].contains(&status.as_u16()), "{}", status);
    }
}
