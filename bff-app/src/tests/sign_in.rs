//! Sign-ins from the first click to the session, and everything that must not become one.

mod browser;
mod id_tokens;
pub(super) mod idp;
mod ties;
mod tokens;

use hosting::{ClientKey, base64url, sha256};
use http::{StatusCode, header};
use serde_json::json;

use super::agent::{Agent, config, own, request, text};
use crate::session::sample;
use crate::{Hardening, SessionStore, Settings, Switch};
use browser::{Browser, Led, changed, location, signed_in};
use idp::Idp;

#[tokio::test]
async fn a_sign_in_ends_where_it_was_asked_to_with_a_session_that_knows_how() {
    let idp = Idp::start();
    let mut browser = Browser::new(&idp, Settings::default());
    let led = browser.begin("return_url=/accounts").await;
    assert_eq!(led.url.as_str().split('?').next(), Some("http://idp.test/authorize"));
    assert_eq!((led.get("response_type"), led.get("client_id")), (Some("code"), Some("bff")));
    assert_eq!(led.get("scope"), Some("openid profile accounts offline_access"));
    assert_eq!(led.get("redirect_uri"), Some("https://bff.test/bff/callback"));
    assert_eq!(browser.come_back(&idp, &led).await, "/accounts");
    let asked = &idp.asked("/token")[0];
    let challenge = base64url(&sha256(asked.get("code_verifier").unwrap().as_bytes()));
    assert_eq!((led.get("code_challenge"), led.get("code_challenge_method")), (Some(challenge.as_str()), Some("S256")));
    let found = browser.session().await.unwrap();
    assert_eq!((found.session.sub.as_str(), found.session.username.as_str()), ("sub-of-alice", "alice"));
    assert_eq!((found.session.acr.as_deref(), found.session.sid.as_deref()), (Some("1"), Some("sid-of-alice")));
    assert_eq!(found.session.auth_time_s, Some(idp.handed.clock.now_s()));
    assert_eq!(found.session.scope, "openid profile accounts offline_access");
}

#[tokio::test]
async fn a_caller_changes_nothing_that_is_ours() {
    let idp = Idp::start();
    let query =
        "scope=admin&redirect_uri=https://evil.test&client_id=evil&state=s&nonce=n&code_challenge=c&prompt=login";
    let led = Browser::new(&idp, Settings::default()).begin(query).await;
    assert_eq!((led.get("scope"), led.get("prompt")), (Some("openid profile accounts offline_access"), Some("login")));
    assert_eq!((led.get("client_id"), led.get("redirect_uri")), (Some("bff"), Some("https://bff.test/bff/callback")));
    assert!(led.get("state") != Some("s") && led.get("nonce") != Some("n") && led.get("code_challenge") != Some("c"));
    let weak = changed(|settings| settings.login.param_allowlist = Switch::Off);
    let led = Browser::new(&idp, weak).begin("scope=admin&claims=x").await;
    assert_eq!((led.get("scope"), led.get("claims")), (Some("admin"), Some("x")), "the weak variant");
    assert_eq!(led.parameters.iter().filter(|(name, _)| name == "scope").count(), 1);
}

#[tokio::test]
async fn a_sign_in_leads_to_another_site_only_in_the_weak_variant() {
    let idp = Idp::start();
    for elsewhere in ["https://evil.test/", "//evil.test/", "/\\evil.test/"] {
        let query = format!("/bff/login?return_url={elsewhere}");
        let refused = Browser::new(&idp, Settings::default()).get(&query).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{elsewhere}");
    }
    let weak = changed(|settings| settings.login.return_url = Switch::Off);
    assert_eq!(signed_in(&idp, weak, "return_url=https://evil.test/").await.1, "https://evil.test/");
}

#[tokio::test]
async fn no_other_site_begins_a_sign_in_where_that_is_refused() {
    let idp = Idp::start();
    let strict = changed(|settings| settings.login.fetch_metadata = Hardening::On);
    let asked = |settings: Settings, site: &'static str, more: &'static [(&'static str, &'static str)]| {
        let agent = Agent::with(config(), settings, idp.handed.clone());
        let mut request = request("GET", "/bff/login").header("sec-fetch-site", site);
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        async move { agent.ask(request).await.status() }
    };
    let click: &[(&str, &str)] =
        &[("sec-fetch-user", "?1"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    let frame: &[(&str, &str)] =
        &[("sec-fetch-user", "?1"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
    for site in ["cross-site", "same-site"] {
        assert_eq!(asked(strict.clone(), site, &[]).await, StatusCode::FORBIDDEN, "{site}");
        assert_eq!(asked(strict.clone(), site, frame).await, StatusCode::FORBIDDEN, "{site}");
        assert_eq!(asked(strict.clone(), site, click).await, StatusCode::SEE_OTHER, "{site}");
        assert_eq!(asked(Settings::default(), site, &[]).await, StatusCode::SEE_OTHER, "the reference");
    }
    for site in ["same-origin", "none"] {
        assert_eq!(asked(strict.clone(), site, &[]).await, StatusCode::SEE_OTHER, "{site}");
    }
}

#[tokio::test]
async fn a_silent_sign_in_that_would_have_to_ask_leads_back_without_a_session() {
    let idp = Idp::start();
    for error in ["login_required", "consent_required", "interaction_required"] {
        let mut browser = Browser::new(&idp, Settings::default());
        let led = browser.begin("prompt=none&return_url=/accounts%23top").await;
        assert_eq!(led.get("prompt"), Some("none"));
        let back = format!("/bff/callback?error={error}&state={}", led.get("state").unwrap());
        assert_eq!(location(&browser.get(&back).await), "/accounts?sign_in=none#top");
        assert!(browser.session().await.is_none());
    }
}

#[tokio::test]
async fn an_error_of_the_provider_becomes_a_code_that_is_known() {
    let idp = Idp::start();
    let cases = [
        ("access_denied", "access_denied"),
        ("login_required", "login_required"),
        ("%3Cscript%3E", "other"),
        ("made_up&error_description=x", "other"),
    ];
    for (error, code) in cases {
        let mut browser = Browser::new(&idp, Settings::default());
        let led = browser.begin("").await;
        let back = format!("/bff/callback?error={error}&state={}", led.get("state").unwrap());
        assert_eq!(location(&browser.get(&back).await), format!("/?sign_in_failed={code}"));
    }
}

#[tokio::test]
async fn a_pushed_request_leaves_nothing_in_the_browser_that_could_be_changed() {
    let idp = Idp::start();
    let pushing = json!({ "pushed_authorization_request_endpoint": "http://idp.test/par" });
    idp.plan(|plan| plan.metadata = pushing.clone());
    let mut browser = Browser::new(&idp, changed(|settings| settings.login.par = Hardening::On));
    let led = browser.begin("prompt=login").await;
    assert_eq!(led.url.query(), Some("client_id=bff&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Apushed"));
    let pushed = idp.asked("/par")[0].clone();
    assert!(pushed.header("authorization").is_some_and(|value| value.starts_with("Basic ")));
    assert_eq!((pushed.get("prompt"), pushed.get("code_challenge_method")), (Some("login"), Some("S256")));
    let led = Led { url: led.url, parameters: pushed.form };
    assert_eq!(browser.come_back(&idp, &led).await, "/");
}

#[tokio::test]
async fn requests_are_pushed_where_the_provider_demands_it_and_refused_where_it_cannot() {
    let idp = Idp::start();
    idp.plan(|plan| {
        plan.metadata = json!({
            "pushed_authorization_request_endpoint": "http://idp.test/par", "require_pushed_authorization_requests": true,
        });
    });
    let led = Browser::new(&idp, Settings::default()).begin("").await;
    assert_eq!((led.get("request_uri").is_some(), led.get("scope")), (true, None));
    let idp = Idp::start();
    let mut browser = Browser::new(&idp, changed(|settings| settings.login.par = Hardening::On));
    let refused = browser.get("/bff/login").await;
    assert_eq!(refused.status(), StatusCode::BAD_GATEWAY);
    let shown = text(refused).await;
    assert!(!shown.contains("idp.test") && shown.contains("try again"), "who asks need not know where it is: {shown}");
}

#[tokio::test]
async fn a_session_that_fits_into_no_cookie_is_refused_with_the_reason() {
    let idp = Idp::start();
    idp.plan(|plan| plan.tokens = json!({ "refresh_token": "r".repeat(4_096) }));
    let mut browser = Browser::new(&idp, changed(|settings| settings.session.store = SessionStore::SealedCookie));
    let led = browser.begin("").await;
    assert_eq!(browser.come_back(&idp, &led).await, "/?sign_in_failed=store_unavailable");
    assert!(browser.session().await.is_none());
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_of_the_tokens() {
    let idp = Idp::start();
    let key = ClientKey::generate();
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, key.jwk["x"], key.jwk["y"]);
    let mut config = config();
    config.client.key = Some(key.pem);
    let mut browser = Browser::with(&idp, config, changed(|settings| settings.token.dpop = Hardening::On));
    let led = browser.begin("").await;
    assert_eq!(led.get("dpop_jkt"), Some(base64url(&sha256(canonical.as_bytes())).as_str()));
    assert_eq!(browser.come_back(&idp, &led).await, "/");
}

#[tokio::test]
async fn money_moves_for_a_strong_session_only_where_that_is_demanded() {
    let agent = Agent::new(changed(|settings| settings.login.step_up = Hardening::On));
    let now = agent.bff.handed.clock.now_s();
    let mut session = sample("alice", None, now);
    let refused = crate::step_up::require(&agent.bff, &session).unwrap_err();
    let response = axum::response::IntoResponse::into_response(refused);
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let challenge = r#"Bearer error="insufficient_user_authentication", acr_values="2", max_age="300""#;
    assert_eq!(response.headers()[header::WWW_AUTHENTICATE], challenge);
    (session.acr, session.auth_time_s) = (Some("2".to_owned()), Some(now));
    assert!(crate::step_up::require(&agent.bff, &session).is_ok());
    let reference = Agent::new(Settings::default());
    assert!(crate::step_up::require(&reference.bff, &sample("alice", None, now)).is_ok());
}

#[tokio::test]
async fn a_weak_session_moves_money_unless_more_is_demanded() {
    for (step_up, status) in [(Hardening::On, StatusCode::UNAUTHORIZED), (Hardening::Off, StatusCode::OK)] {
        let agent = Agent::new(changed(|settings| settings.login.step_up = step_up));
        let cookie = agent.begin("alice", None).await;
        let order = own("POST", "/api/transfers").header(header::COOKIE, &cookie);
        let order = order.header(header::CONTENT_TYPE, "application/json");
        let answer = agent.send(order, r#"{"from":"alice-current","to":"bob-current","amount":1}"#).await;
        assert_eq!((answer.status(), agent.bff.ledger.transfers()), (status, u64::from(!step_up.is_on())));
        assert_eq!(answer.headers().contains_key(header::WWW_AUTHENTICATE), step_up.is_on());
        assert!(agent.lives(&cookie).await, "it stays a session");
    }
}
