//! The token endpoint (RFC 6749 §5.2), grant by grant.

use std::time::Duration;

use axum::http::StatusCode;
use mock_idp::{Allowed, Settings};

use super::{
    FORM, OTHER_TYPES, assert_error, assert_nothing_issued, assert_too_long, flaws, long, post, with, without,
};
use crate::agent::{Agent, Tokens, code_grant, credentials, encode, redirect_uri};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The parameters that a request may leave out.
const OPTIONAL: &[&str] = &["scope", "resource", "audience", "requested_token_type"];

/// A provider that supports every grant, and what each of them takes.
struct Grants {
    agent: Agent,
    redirect_uri: String,
    code: String,
    tokens: Tokens,
}

impl Grants {
    async fn new() -> Self {
        let mut agent = Agent::new(Settings { password_grant: Allowed::Yes, ..Settings::default() });
        agent.change_client("bff", |client| client.grant_types.push("password".to_owned()));
        let tokens = agent.sign_in("bff").await;
        let code = agent.code("bff").await;
        Self { agent, redirect_uri: redirect_uri("bff"), code, tokens }
    }

    /// A request with which nothing is wrong, for each grant.
    fn forms(&self) -> [Vec<(&str, &str)>; 5] {
        let form = |client_id, more: &[(&'static str, &'static str)]| {
            let mut form: Vec<(&str, &str)> = credentials(client_id);
            form.extend_from_slice(more);
            form
        };
        let mut code = form("bff", &[("resource", "accounts-api")]);
        code.extend(code_grant(&self.code, &self.redirect_uri));
        let refreshing = [("grant_type", "refresh_token"), ("scope", "openid accounts"), ("resource", "accounts-api")];
        let mut refresh = form("bff", &refreshing);
        refresh.push(("refresh_token", &self.tokens.refresh));
        let own = [("grant_type", "client_credentials"), ("scope", "accounts"), ("resource", "accounts-api")];
        let exchanging = [
            ("grant_type", EXCHANGE),
            ("subject_token_type", ACCESS_TOKEN),
            ("requested_token_type", ACCESS_TOKEN),
            ("audience", "orders-api"),
            ("scope", "accounts"),
        ];
        let mut exchange = form("gateway", &exchanging);
        exchange.push(("subject_token", &self.tokens.access));
        let password =
            [("grant_type", "password"), ("username", "alice"), ("password", "alice-password"), ("scope", "accounts")];
        [code, refresh, form("bff", &own), exchange, form("bff", &password)]
    }

    /// Checks that none of the bad requests has used anything up.
    async fn assert_still_good(&self) {
        for form in self.forms() {
            let answer = self.agent.call("/token", &form).await;
            assert_eq!(answer.status, StatusCode::OK, "{form:?}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn no_parameter_is_doubled_or_in_a_wrong_encoding() {
    let grants = Grants::new().await;
    let (mut agent, before) = (grants.agent.stranger(), grants.agent.issued());
    for form in grants.forms() {
        for (name, _) in &form {
            for (what, text) in flaws(&form, name) {
                let answer = post(&mut agent, "/token", Some(FORM), text).await;
                assert_error(&what, &answer, StatusCode::BAD_REQUEST, "invalid_request", name);
            }
        }
    }
    assert_nothing_issued(&agent, before);
    grants.assert_still_good().await;
}

#[tokio::test]
async fn no_parameter_is_missing() {
    let grants = Grants::new().await;
    let before = grants.agent.issued();
    for form in grants.forms() {
        for (name, _) in form.iter().filter(|(name, _)| !OPTIONAL.contains(name)) {
            let (status, error) = match *name {
                "client_secret" => (StatusCode::UNAUTHORIZED, "invalid_client"),
                _ => (StatusCode::BAD_REQUEST, "invalid_request"),
            };
            // RFC 6749 §3.2: a parameter without a value counts as left out.
            for bad in [without(&form, name), with(&form, name, "")] {
                let answer = grants.agent.call("/token", &bad).await;
                assert_error(&format!("{bad:?}"), &answer, status, error, name);
            }
        }
    }
    assert_nothing_issued(&grants.agent, before);
    grants.assert_still_good().await;
}

#[tokio::test]
async fn a_wrong_value_gets_the_error_that_its_specification_names() {
    let grants = Grants::new().await;
    let before = grants.agent.issued();
    let [code, refresh, own, exchange, password] = grants.forms();
    let (unauthorized, bad) = (StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST);
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl";
    let rows = [
        // RFC 6749 §5.2.
        (&code, "client_id", "nobody", unauthorized, "invalid_client", "client"),
        (&code, "client_secret", "wrong", unauthorized, "invalid_client", "secret"),
        (&code, "grant_type", "implicit", bad, "unsupported_grant_type", "grant_type"),
        (&code, "grant_type", "AUTHORIZATION_CODE", bad, "unsupported_grant_type", "grant_type"),
        (&code, "code", "unknown", bad, "invalid_grant", "code"),
        (&code, "redirect_uri", "https://evil.test/", bad, "invalid_grant", "redirect_uri"),
        (&code, "redirect_uri", "https://bff.app.test/callback/", bad, "invalid_grant", "redirect_uri"),
        // RFC 7636 §4.6.
        (&code, "code_verifier", verifier, bad, "invalid_grant", "code_verifier"),
        (&code, "code_verifier", "too-short", bad, "invalid_grant", "code_verifier"),
        // RFC 8707 §2.
        (&code, "resource", "payments-api", bad, "invalid_target", "resource"),
        (&refresh, "refresh_token", "unknown", bad, "invalid_grant", "refresh_token"),
        (&refresh, "refresh_token", &grants.tokens.access, bad, "invalid_grant", "refresh_token"),
        (&refresh, "scope", "openid admin", bad, "invalid_scope", "scope"),
        (&refresh, "resource", "payments-api", bad, "invalid_target", "resource"),
        (&own, "scope", "admin", bad, "invalid_scope", "scope"),
        (&own, "scope", "openid", bad, "invalid_scope", "scope"),
        (&own, "resource", "payments-api", bad, "invalid_target", "resource"),
        // RFC 8693 §2.2.2.
        (&exchange, "subject_token", "unknown", bad, "invalid_request", "subject_token"),
        (&exchange, "subject_token_type", "access_token", bad, "invalid_request", "subject_token_type"),
        (&exchange, "requested_token_type", "jwt", bad, "invalid_request", "requested_token_type"),
        (&exchange, "audience", "payments-api", bad, "invalid_target", "audience"),
        (&exchange, "scope", "profile", bad, "invalid_scope", "scope"),
        (&password, "username", "nobody", bad, "invalid_grant", "password"),
        (&password, "password", "wrong", bad, "invalid_grant", "password"),
        (&password, "scope", "admin", bad, "invalid_scope", "scope"),
    ];
    let long = long();
    for (form, name, value, status, error, names) in rows {
        for value in [value, long.as_str()] {
            let answer = grants.agent.call("/token", &with(form, name, value)).await;
            assert_error(&format!("{name}={value:.40}"), &answer, status, error, names);
        }
    }
    assert_nothing_issued(&grants.agent, before);
    grants.assert_still_good().await;
}

#[tokio::test]
async fn a_request_is_a_form_of_utf_8_and_of_a_bounded_length() {
    let grants = Grants::new().await;
    let (mut agent, before) = (grants.agent.stranger(), grants.agent.issued());
    for form in grants.forms() {
        let text = encode(&form);
        for content_type in OTHER_TYPES {
            let answer = post(&mut agent, "/token", *content_type, text.clone()).await;
            assert_error(&format!("{content_type:?}"), &answer, StatusCode::BAD_REQUEST, "invalid_request", FORM);
        }
        let bytes = [text.as_bytes(), b"&extra=\xff\xfe"].concat();
        let answer = post(&mut agent, "/token", Some(FORM), bytes).await;
        assert_error("bytes", &answer, StatusCode::BAD_REQUEST, "invalid_request", "UTF-8");
        let extra = format!("{text}&extra={}", "x".repeat(64 * 1024));
        assert_too_long(&text, &post(&mut agent, "/token", Some(FORM), extra).await);
        // RFC 6749 §2.3.1 and §3.2: nothing is read from the address.
        let answer = post(&mut agent, &format!("/token?{text}"), Some(FORM), "").await;
        assert_error("in the query", &answer, StatusCode::UNAUTHORIZED, "invalid_client", "client");
    }
    assert_nothing_issued(&agent, before);
    let charset = format!("{FORM}; charset=UTF-8");
    for form in grants.forms() {
        let answer = post(&mut agent, "/token", Some(&charset), encode(&form)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}

#[tokio::test]
async fn what_was_used_is_not_taken_again() {
    let grants = Grants::new().await;
    grants.assert_still_good().await;
    let before = grants.agent.issued();
    let [code, refresh, ..] = grants.forms();
    for (form, names) in [(code, "code"), (refresh, "refresh_token")] {
        let answer = grants.agent.call("/token", &form).await;
        assert_error(names, &answer, StatusCode::BAD_REQUEST, "invalid_grant", names);
    }
    assert_nothing_issued(&grants.agent, before);
}

#[tokio::test]
async fn what_has_expired_is_not_taken_any_more() {
    let grants = Grants::new().await;
    let [code, refresh, _, exchange, _] = grants.forms();
    let rows = [
        (60, code, "invalid_grant", "code"),
        (240, exchange, "invalid_request", "subject_token"),
        (3_300, refresh, "invalid_grant", "refresh_token"),
    ];
    for (after_s, form, error, names) in rows {
        grants.agent.handed.clock.advance(Duration::from_secs(after_s));
        let before = grants.agent.issued();
        let answer = grants.agent.call("/token", &form).await;
        assert_error(names, &answer, StatusCode::BAD_REQUEST, error, names);
        assert_nothing_issued(&grants.agent, before);
    }
}
