//! The authorization endpoint, the login form and single sign-on.

use std::time::Duration;

use axum::http::{StatusCode, header};
use mock_idp::{CookieName, SameSite, Settings, Switch};

use crate::agent::{Agent, BFF, CHALLENGE, ISSUER, VERIFIER, claims, credentials, redirect_uri};

#[tokio::test]
async fn a_user_signs_in_and_the_client_gets_what_it_asked_for() {
    let mut agent = Agent::new(Settings::default());
    let form = agent.authorize("bff", &[]).await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(form.text.contains("<label for=\"username\">") && form.text.contains("name=\"password\""), "{}", form.text);
    let answer = agent.fill_in(&form, "alice").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.parameter("state").as_deref(), Some("the-state"));
    assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));
    let cookie = answer.header(header::SET_COOKIE).unwrap();
    assert!(cookie.starts_with("__Host-Http-idp-session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=28800; Secure; HttpOnly; SameSite=Lax"), "{cookie}");

    let tokens = agent.redeem("bff", &answer.parameter("code").unwrap()).await;
    assert_eq!(tokens.header(header::CACHE_CONTROL), Some("no-store"));
    let json = tokens.json();
    assert_eq!((json["token_type"].as_str(), json["expires_in"].as_u64()), (Some("Bearer"), Some(300)));
    let id_token = claims(json["id_token"].as_str().unwrap());
    assert_eq!(id_token["iss"], ISSUER);
    assert_eq!(id_token["aud"], "bff");
    assert_eq!(id_token["sub"], "sub-alice");
    assert_eq!(id_token["nonce"], "the-nonce");
    assert_eq!(id_token["name"], "ALICE");
    assert!(id_token["sid"].is_string());
}

#[tokio::test]
async fn the_session_cookie_is_called_and_sent_as_the_settings_say() {
    let rows = [
        (CookieName::HostHttp, SameSite::None, "__Host-Http-idp-session=", "; Secure; HttpOnly; SameSite=None"),
        (CookieName::Host, SameSite::Lax, "__Host-idp-session=", "; Secure; HttpOnly; SameSite=Lax"),
        (CookieName::Plain, SameSite::None, "idp-session=", "; Secure; HttpOnly; SameSite=None"),
    ];
    for (cookie_name, cookie_same_site, beginning, end) in rows {
        let mut agent = Agent::new(Settings { cookie_name, cookie_same_site, ..Settings::default() });
        let form = agent.authorize("bff", &[]).await;
        let signed_in = agent.fill_in(&form, "alice").await;
        let cookie = signed_in.header(header::SET_COOKIE).unwrap();
        assert!(cookie.starts_with(beginning) && cookie.ends_with(end), "{cookie}");
        let silent = agent.authorize("spa", &[("prompt", "none")]).await;
        assert!(silent.parameter("code").is_some(), "{cookie_name:?} is read under its own name");
        let tokens = agent.sign_in("bff").await;
        let signed_out = agent.get("/end_session", &[("id_token_hint", &tokens.id)]).await;
        let gone = signed_out.header(header::SET_COOKIE).unwrap();
        assert!(gone.starts_with(&format!("{beginning};")) && gone.ends_with(end), "{gone}");
    }
}

#[tokio::test]
async fn pages_cannot_be_framed_and_run_no_script() {
    let form = Agent::new(Settings::default()).authorize("bff", &[]).await;
    let policy = form.header(header::CONTENT_SECURITY_POLICY).unwrap();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(form.header(header::X_FRAME_OPTIONS), Some("DENY"));
    assert_eq!(form.header(header::CACHE_CONTROL), Some("no-store"));
}

#[tokio::test]
async fn what_the_request_says_is_escaped() {
    let form = Agent::new(Settings::default()).authorize("bff", &[("login_hint", "\"><script>")]).await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(!form.text.contains("<script>"), "{}", form.text);
}

#[tokio::test]
async fn a_wrong_password_can_be_typed_again() {
    let mut agent = Agent::new(Settings::default());
    let form = agent.authorize("bff", &[]).await;
    let transaction = form.hidden("transaction");
    let fields = [("transaction", transaction.as_str()), ("username", "alice"), ("password", "wrong")];
    let again = agent.submit(ISSUER, "/login", &fields).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.text.contains("role=\"alert\"") && !again.text.contains("\"wrong\""), "{}", again.text);
    assert_eq!(agent.fill_in(&again, "alice").await.status, StatusCode::SEE_OTHER);
    let used = agent.fill_in(&form, "alice").await;
    assert_eq!(used.status, StatusCode::BAD_REQUEST, "a form works once");
}

#[tokio::test]
async fn a_login_form_of_another_site_is_refused() {
    let mut agent = Agent::new(Settings::default());
    let transaction = agent.authorize("bff", &[]).await.hidden("transaction");
    let fields = [("transaction", transaction.as_str()), ("username", "bob"), ("password", "bob-password")];
    for origin in ["https://evil.test", "null"] {
        let answer = agent.submit(origin, "/login", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(agent.session_cookie(), None);
}

#[tokio::test]
async fn a_login_form_waits_ten_minutes() {
    let mut agent = Agent::new(Settings::default());
    let form = agent.authorize("bff", &[]).await;
    assert_eq!(agent.control.counts().pending, 1);
    agent.handed.clock.advance(Duration::from_mins(10));
    assert_eq!(agent.fill_in(&form, "alice").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(agent.control.counts().pending, 0);
}

#[tokio::test]
async fn an_unregistered_address_is_never_redirected_to() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let others =
        ["https://evil.test/", "https://bff.app.test/callback/", "https://bff.app.test@evil.test/callback", ""];
    for uri in others {
        let answer = agent.authorize("bff", &[("redirect_uri", uri)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{uri}");
        assert_eq!(answer.header(header::LOCATION), None, "{uri}");
    }
    for client_id in ["nobody", "api"] {
        let answer = agent.authorize(client_id, &[]).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::BAD_REQUEST, None), "{client_id}");
    }
    let uri = redirect_uri("bff");
    let twice = agent.authorize("bff", &[("redirect_uri", &uri), ("redirect_uri", "https://evil.test/")]).await;
    assert_eq!((twice.status, twice.header(header::LOCATION)), (StatusCode::BAD_REQUEST, None));
}

#[tokio::test]
async fn without_exact_redirect_uris_a_code_goes_to_another_host() {
    let mut agent = Agent::new(Settings { redirect_exact: Switch::Off, ..Settings::default() });
    agent.code("bff").await;
    let answer = agent.authorize("bff", &[("redirect_uri", "https://bff.app.test@evil.test/")]).await;
    assert_eq!(answer.location().host_str(), Some("evil.test"));
    assert!(answer.parameter("code").is_some());
}

#[tokio::test]
async fn errors_go_to_the_client_with_state_and_issuer() {
    let mut agent = Agent::new(Settings::default());
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "")], "invalid_request"),
        (&[("response_mode", "pigeon")], "invalid_request"),
        (&[("scope", "admin")], "invalid_scope"),
        (&[("scope", "")], "invalid_scope"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("prompt", "none")], "login_required"),
        (&[("max_age", "soon")], "invalid_request"),
        (&[("id_token_hint", "e30.e30.e30")], "invalid_request"),
        (&[("request", "e30.e30.e30")], "request_not_supported"),
        (&[("request_uri", "https://app.test/")], "request_uri_not_supported"),
        (&[("nonce", "1"), ("nonce", "2")], "invalid_request"),
    ];
    for (changes, error) in cases {
        let answer = agent.authorize("bff", changes).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{changes:?}");
        assert!(answer.location().as_str().starts_with(&redirect_uri("bff")), "{changes:?}");
        assert_eq!(answer.parameter("error").as_deref(), Some(*error), "{changes:?}");
        assert_eq!(answer.parameter("state").as_deref(), Some("the-state"), "{changes:?}");
        assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER), "{changes:?}");
        assert_eq!(answer.parameter("code"), None, "{changes:?}");
    }
}

#[tokio::test]
async fn a_session_signs_in_to_the_next_application_without_a_form() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let answer = agent.authorize("spa", &[("prompt", "none")]).await;
    assert!(answer.parameter("code").is_some());
    let asked = agent.authorize("spa", &[("prompt", "login")]).await;
    assert_eq!(asked.status, StatusCode::OK, "prompt=login asks although there is a session");
}

#[tokio::test]
async fn a_session_that_is_older_than_max_age_does_not_count() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    agent.handed.clock.advance(Duration::from_mins(2));
    let answer = agent.authorize("bff", &[("prompt", "none"), ("max_age", "60")]).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
    assert_eq!(agent.authorize("bff", &[("max_age", "60")]).await.status, StatusCode::OK);
    assert!(agent.authorize("bff", &[("max_age", "3600")]).await.parameter("code").is_some());
}

#[tokio::test]
async fn a_hint_of_somebody_else_does_not_use_this_session() {
    let mut agent = Agent::new(Settings::default());
    let alice = agent.sign_in("bff").await;
    let form = agent.authorize("bff", &[("prompt", "login")]).await;
    agent.fill_in(&form, "bob").await;
    let answer = agent.authorize("bff", &[("prompt", "none"), ("id_token_hint", &alice.id)]).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_session_ends_by_its_age() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    agent.handed.clock.advance(Duration::from_hours(8));
    let answer = agent.authorize("bff", &[("prompt", "none")]).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
    assert_eq!(agent.control.counts().sessions, 0);
}

#[tokio::test]
async fn signing_in_again_replaces_the_cookie_and_keeps_the_session() {
    let mut agent = Agent::new(Settings::default());
    let first = agent.sign_in("bff").await;
    let mut thief = agent.clone();
    let form = agent.authorize("bff", &[("prompt", "login")]).await;
    let code = agent.fill_in(&form, "alice").await.parameter("code").unwrap();
    let second = crate::agent::Tokens::of(&agent.redeem("bff", &code).await);
    assert_ne!(thief.session_cookie(), agent.session_cookie());
    assert_eq!(claims(&first.id)["sid"], claims(&second.id)["sid"]);
    let answer = thief.authorize("bff", &[("prompt", "none")]).await;
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn another_user_in_the_same_browser_ends_the_first_session() {
    let mut agent = Agent::new(Settings::default());
    let alice = agent.sign_in("bff").await;
    let form = agent.authorize("bff", &[("prompt", "login")]).await;
    agent.fill_in(&form, "bob").await;
    assert!(!agent.is_active(&alice.access).await);
    assert_eq!(agent.control.counts().sessions, 1);
}

#[tokio::test]
async fn without_iss_a_response_does_not_say_who_answers() {
    let mut agent = Agent::new(Settings { iss: Switch::Off, ..Settings::default() });
    agent.code("bff").await;
    assert_eq!(agent.authorize("bff", &[]).await.parameter("iss"), None);
}

#[tokio::test]
async fn a_code_needs_its_verifier() {
    let mut agent = Agent::new(Settings::default());
    let redirect_uri = redirect_uri("bff");
    for (verifier, error) in [(None, "invalid_request"), (Some(CHALLENGE), "invalid_grant")] {
        let code = agent.code("bff").await;
        let mut form = credentials("bff");
        form.extend([("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &redirect_uri)]);
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let answer = agent.call("/token", &form).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, error));
    }
}

#[tokio::test]
async fn without_pkce_a_stolen_code_is_enough() {
    let mut agent = Agent::new(Settings { pkce: Switch::Off, ..Settings::default() });
    let code = agent.code("spa").await;
    let redirect_uri = redirect_uri("spa");
    let form =
        [("client_id", "spa"), ("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &redirect_uri)];
    assert_eq!(agent.call("/token", &form).await.status, StatusCode::OK);
    let document = agent.get("/.well-known/openid-configuration", &[]).await.json();
    assert!(document.get("code_challenge_methods_supported").is_none());
}

#[tokio::test]
async fn a_code_is_bound_to_client_address_and_time() {
    let mut agent = Agent::new(Settings::default());
    let code = agent.code("bff").await;
    let bff = redirect_uri("bff");
    let exchange = |client_id: &'static str, redirect_uri: &str| {
        let redirect_uri = redirect_uri.to_owned();
        let (agent, code) = (agent.clone(), code.clone());
        async move {
            let mut form = credentials(client_id);
            form.extend([("grant_type", "authorization_code"), ("code", code.as_str())]);
            form.extend([("redirect_uri", redirect_uri.as_str()), ("code_verifier", VERIFIER)]);
            agent.call("/token", &form).await.error()
        }
    };
    assert_eq!(exchange("spa", &bff).await, "invalid_grant");
    assert_eq!(exchange("bff", &format!("{BFF}/other")).await, "invalid_grant");
    agent.handed.clock.advance(Duration::from_mins(1));
    assert_eq!(exchange("bff", &bff).await, "invalid_grant");
    assert_eq!(agent.control.counts().codes, 0);
}

#[tokio::test]
async fn a_code_that_comes_back_revokes_what_it_gave() {
    let mut agent = Agent::new(Settings::default());
    let code = agent.code("bff").await;
    let tokens = crate::agent::Tokens::of(&agent.redeem("bff", &code).await);
    assert!(agent.is_active(&tokens.access).await);
    assert_eq!(agent.redeem("bff", &code).await.error(), "invalid_grant");
    assert!(!agent.is_active(&tokens.access).await);
    assert_eq!(agent.refresh("bff", &tokens.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn without_code_once_a_code_works_again() {
    let mut agent = Agent::new(Settings { code_once: Switch::Off, ..Settings::default() });
    let code = agent.code("bff").await;
    let first = crate::agent::Tokens::of(&agent.redeem("bff", &code).await);
    assert_eq!(agent.redeem("bff", &code).await.status, StatusCode::OK);
    assert!(agent.is_active(&first.access).await);
}
