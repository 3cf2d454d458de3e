//! The pages that browsers post to, and sign-out: login, consent, `end_session` and the answer to its question.

use std::time::Duration;

use axum::http::{StatusCode, header};
use mock_idp::Settings;

use super::{FORM, OTHER_TYPES, assert_nothing_issued, assert_page, assert_too_long, flaws, long, post, with, without};
use crate::agent::{Agent, Answer, ISSUER, encode};

const RETURN_TO: &str = "https://bff.app.test/";

/// A browser at the login form, and the form's ticket.
async fn at_login() -> (Agent, String) {
    let mut agent = Agent::new(Settings::default());
    let ticket = agent.authorize("bff", &[]).await.hidden("transaction");
    (agent, ticket)
}

fn login(ticket: &str) -> [(&str, &str); 3] {
    [("transaction", ticket), ("username", "alice"), ("password", "alice-password")]
}

/// A browser whose user is signed in.
async fn signed_in() -> Agent {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    agent
}

/// Asks the user for consent, and returns the form's ticket.
async fn question(agent: &mut Agent) -> String {
    agent.authorize("bff", &[("prompt", "consent")]).await.hidden("question")
}

/// Asks the user whether to sign out, and returns the form's ticket.
async fn confirmation(agent: &mut Agent) -> String {
    agent.get("/end_session", &[]).await.hidden("confirmation")
}

async fn submit(agent: &mut Agent, path: &str, text: String) -> Answer {
    post(agent, path, Some(FORM), text).await
}

#[tokio::test]
async fn a_login_form_with_a_flaw_signs_nobody_in() {
    let (mut agent, ticket) = at_login().await;
    let good = login(&ticket);
    for (name, _) in good {
        for (what, text) in flaws(&good, name) {
            assert_page(&what, &submit(&mut agent, "/login", text).await);
        }
        let long = long();
        for bad in [without(&good, name), with(&good, name, ""), with(&good, name, "wrong"), with(&good, name, &long)] {
            assert_page(name, &submit(&mut agent, "/login", encode(&bad)).await);
        }
    }
    assert_eq!((agent.issued(), agent.session_cookie()), ([0; 5], None));
    let answer = submit(&mut agent, "/login", encode(&good)).await;
    assert!(answer.parameter("code").is_some(), "the form was not used up");
    assert_page("used", &submit(&mut agent, "/login", encode(&good)).await);
}

#[tokio::test]
async fn a_login_form_expires() {
    let (mut agent, ticket) = at_login().await;
    agent.handed.clock.advance(Duration::from_mins(10));
    assert_page("expired", &submit(&mut agent, "/login", encode(&login(&ticket))).await);
    assert_eq!(agent.issued(), [0; 5]);
}

#[tokio::test]
async fn an_answer_about_consent_with_a_flaw_gives_nothing() {
    let mut agent = signed_in().await;
    let ticket = question(&mut agent).await;
    let before = agent.issued();
    let good = [("question", ticket.as_str()), ("decision", "allow")];
    for (what, text) in flaws(&good, "question") {
        assert_page(&what, &submit(&mut agent, "/consent", text).await);
    }
    let long = long();
    for bad in ["", "wrong", &long] {
        assert_page("question", &submit(&mut agent, "/consent", encode(&with(&good, "question", bad))).await);
    }
    assert_page("question", &submit(&mut agent, "/consent", encode(&without(&good, "question"))).await);
    // Whatever is not plainly “allow” is a no.
    let mut unclear: Vec<String> = flaws(&good, "decision").into_iter().map(|(_, text)| text).collect();
    unclear.extend(["", "deny", &long].map(|decision| encode(&with(&good, "decision", decision))));
    for text in unclear {
        let fresh = question(&mut agent).await;
        let answer = submit(&mut agent, "/consent", text.replace(&ticket, &fresh)).await;
        assert_eq!(answer.parameter("error").as_deref(), Some("access_denied"), "{text}");
        assert_eq!(answer.parameter("code"), None, "{text}");
    }
    assert_nothing_issued(&agent, before);
    let answer = submit(&mut agent, "/consent", encode(&good)).await;
    assert!(answer.parameter("code").is_some(), "the question was not used up");
    assert_page("used", &submit(&mut agent, "/consent", encode(&good)).await);
}

#[tokio::test]
async fn an_answer_about_signing_out_with_a_flaw_ends_nothing() {
    let mut agent = signed_in().await;
    let ticket = confirmation(&mut agent).await;
    let good = [("confirmation", ticket.as_str()), ("decision", "sign-out")];
    let path = "/end_session/confirm";
    for (what, text) in flaws(&good, "confirmation") {
        assert_page(&what, &submit(&mut agent, path, text).await);
    }
    let long = long();
    for bad in ["", "wrong", &long] {
        assert_page("confirmation", &submit(&mut agent, path, encode(&with(&good, "confirmation", bad))).await);
    }
    let mut unclear: Vec<String> = flaws(&good, "decision").into_iter().map(|(_, text)| text).collect();
    unclear.extend(["", "stay", "yes", &long].map(|decision| encode(&with(&good, "decision", decision))));
    for text in unclear {
        let fresh = confirmation(&mut agent).await;
        let answer = submit(&mut agent, path, text.replace(&ticket, &fresh)).await;
        assert_eq!((answer.status, answer.header(header::SET_COOKIE)), (StatusCode::OK, None), "{text}");
        assert!(answer.text.contains("still signed in"), "{}", answer.text);
    }
    assert_eq!(agent.control.counts().sessions, 1);
    let late = confirmation(&mut agent).await;
    agent.handed.clock.advance(Duration::from_mins(10));
    let late = [("confirmation", late.as_str()), ("decision", "sign-out")];
    assert_page("expired", &submit(&mut agent, path, encode(&late)).await);
    let fresh = confirmation(&mut agent).await;
    let fresh = encode(&[("confirmation", fresh.as_str()), ("decision", "sign-out")]);
    assert_eq!(submit(&mut agent, path, fresh.clone()).await.status, StatusCode::OK);
    assert_eq!(agent.control.counts().sessions, 0);
    assert_page("used", &submit(&mut agent, path, fresh).await);
}

/// Source: RP-Initiated Logout 1.0 §2 and §4: an error is shown, and nobody is sent anywhere.
#[tokio::test]
async fn a_sign_out_with_a_flaw_ends_nothing_and_leads_nowhere() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    let good = [
        ("id_token_hint", tokens.id.as_str()),
        ("post_logout_redirect_uri", RETURN_TO),
        ("client_id", "bff"),
        ("state", "the-state"),
    ];
    for (name, _) in good {
        for (what, text) in flaws(&good, name) {
            assert_page(&what, &agent.visit(&format!("/end_session?{text}")).await);
            assert_page(&what, &submit(&mut agent, "/end_session", text).await);
        }
    }
    let long = long();
    for (name, value) in [
        ("client_id", "spa"),
        ("client_id", "nobody"),
        ("client_id", &long),
        ("post_logout_redirect_uri", "https://evil.test/"),
        ("post_logout_redirect_uri", "https://bff.app.test"),
        ("post_logout_redirect_uri", "javascript:alert(1)"),
        ("post_logout_redirect_uri", &long),
    ] {
        let text = encode(&with(&good, name, value));
        assert_page(name, &agent.visit(&format!("/end_session?{text}")).await);
        assert_page(name, &submit(&mut agent, "/end_session", text).await);
    }
    for hint in ["e30.e30.e30", "x", &long, &tokens.access] {
        let text = encode(&with(&good, "id_token_hint", hint));
        let asked = agent.visit(&format!("/end_session?{text}")).await;
        assert!(!asked.hidden("confirmation").is_empty(), "a forged hint vouches for nothing: the user is asked");
    }
    assert_eq!(agent.control.counts().sessions, 1);
    let answer = agent.visit(&format!("/end_session?{}", encode(&good))).await;
    assert_eq!(answer.header(header::LOCATION), Some("https://bff.app.test/?state=the-state"));
}

#[tokio::test]
async fn a_page_takes_forms_of_utf_8_and_of_a_bounded_length_only() {
    let mut agent = signed_in().await;
    let question = question(&mut agent).await;
    let confirmation = confirmation(&mut agent).await;
    let transaction = agent.authorize("bff", &[("prompt", "login")]).await.hidden("transaction");
    let before = agent.issued();
    let forms = [
        ("/login", encode(&login(&transaction))),
        ("/consent", encode(&[("question", question.as_str()), ("decision", "allow")])),
        ("/end_session/confirm", encode(&[("confirmation", confirmation.as_str()), ("decision", "sign-out")])),
        ("/end_session", "client_id=bff".to_owned()),
    ];
    for (path, text) in forms {
        for content_type in OTHER_TYPES {
            let answer = post(&mut agent, path, *content_type, text.clone()).await;
            assert_page(&format!("{path} as {content_type:?}"), &answer);
            assert!(answer.text.contains(FORM), "it says what to do instead");
        }
        let bytes = [text.as_bytes(), b"&extra=\xff\xfe"].concat();
        assert_page(path, &post(&mut agent, path, Some(FORM), bytes).await);
        let extra = format!("{text}&extra={}", "x".repeat(64 * 1024));
        assert_too_long(path, &post(&mut agent, path, Some(FORM), extra).await);
        if path != "/end_session" {
            assert_page("in the query", &post(&mut agent, &format!("{path}?{text}"), Some(FORM), "").await);
        }
    }
    assert_eq!(agent.issued(), before);
}

#[tokio::test]
async fn another_site_cannot_post_any_form() {
    let mut agent = signed_in().await;
    let question = question(&mut agent).await;
    let confirmation = confirmation(&mut agent).await;
    let transaction = agent.authorize("bff", &[("prompt", "login")]).await.hidden("transaction");
    let before = agent.issued();
    let lookalike = format!("{ISSUER}.evil.test");
    for origin in ["https://evil.test", "null", "http://login.idp.test", &lookalike, "", "https://login.idp.test:8443"]
    {
        for (path, form) in [
            ("/login", login(&transaction).to_vec()),
            ("/consent", vec![("question", question.as_str()), ("decision", "allow")]),
            ("/end_session/confirm", vec![("confirmation", confirmation.as_str()), ("decision", "sign-out")]),
        ] {
            let answer = agent.submit(origin, path, &form).await;
            assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::FORBIDDEN, None), "{path}");
        }
    }
    assert_eq!(agent.issued(), before);
}
