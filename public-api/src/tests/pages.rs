//! What browsers are told: which pages may read, and what an answer may become.

use http::request::Builder;
use http::{Request, StatusCode};

use super::play::{PAGE, Play, config, origin, pace, play, play_at, reference};
use crate::{Config, Cors, Credential, Settings, Switch};

#[tokio::test]
async fn only_listed_pages_may_read() {
    let play = reference();
    for (from, allowed) in [
        (PAGE, PAGE),
        ("https://spa.app1.test.evil1.test", ""),
        ("https://spa.app1.test:8443", ""),
        ("https://SPA.app1.test", ""),
        ("https://evil1.test", ""),
        ("http://spa.app1.test", ""),
        ("null", ""),
        ("", ""),
    ] {
        let request = Request::get("/accounts").header("authorization", "Bearer good").header("origin", from);
        let answer = play.send(request, "").await;
        let told = (answer.header("access-control-allow-origin"), answer.header("vary"));
        assert_eq!(told, (allowed, "Origin"), "{from}");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    let refusal = play.send(Request::get("/accounts").header("origin", PAGE), "").await;
    assert_eq!(refusal.header("access-control-allow-origin"), PAGE, "the page must be able to read why");
    assert_eq!(refusal.header("access-control-expose-headers"), "DPoP-Nonce, Retry-After, WWW-Authenticate");
    let two = Request::get("/accounts").header("origin", PAGE).header("origin", "https://evil1.test");
    assert_eq!(play.send(two, "").await.header("access-control-allow-origin"), "");
}

fn preflight(from: &str) -> Builder {
    Request::options("/transfers").header("origin", from).header("access-control-request-method", "POST")
}

#[tokio::test]
async fn answers_preflights_before_it_asks_for_a_token() {
    let play = reference();
    let answer = play.send(preflight(PAGE), "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("access-control-allow-headers"), "authorization, content-type, dpop, idempotency-key");
    assert_eq!(answer.header("access-control-allow-methods"), "GET, POST");
    assert_eq!(answer.header("access-control-max-age"), "600");
    let answer = play.send(preflight("https://evil1.test"), "").await;
    assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), ("", "Origin"));
    assert_eq!(answer.header("access-control-allow-methods"), "");
    assert_eq!(play.asked(), 0);
}

#[tokio::test]
async fn without_a_preflight_cache_a_browser_asks_before_every_call() {
    let play = play(Settings { preflight_cache_s: 0, ..Settings::default() });
    assert_eq!(play.send(preflight(PAGE), "").await.header("access-control-max-age"), "0");
}

#[tokio::test]
async fn a_reflecting_api_lets_every_page_read() {
    let play = play(Settings { cors: Cors::Reflect, ..Settings::default() });
    let answer = play.send(preflight("https://evil1.test"), "").await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://evil1.test");
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    let cookies = super::play::play(Settings { credential: Credential::Cookie, ..Settings::default() });
    assert_eq!(cookies.send(preflight(PAGE), "").await.header("access-control-allow-credentials"), "true");
}

const HARDENING: [(&str, &str); 8] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    (
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox",
    ),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("strict-transport-security", "max-age=31536000"),
];

/// One answer of every kind: good, refused, not found, not allowed, a preflight, unread, unavailable.
async fn one_of_every_kind(play: &Play) -> Vec<(StatusCode, http::HeaderMap)> {
    let mut answers = Vec::new();
    for (path, token) in [("/accounts", "good"), ("/accounts", "bad"), ("/nowhere", "good"), ("/transfers", "good")] {
        answers.push(play.get(path, token).await);
    }
    answers.push(play.send(preflight(PAGE), "").await);
    let unread = Request::post("/transfers").header("authorization", "Bearer good");
    answers.push(play.send(unread, "{").await);
    answers.push(play.get("/accounts", "failing").await);
    answers.into_iter().map(|answer| (answer.status, answer.headers)).collect()
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let answers = one_of_every_kind(&reference()).await;
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| status.as_u16()).collect();
    assert_eq!(statuses, [200, 401, 404, 405, 204, 400, 503]);
    for (status, headers) in answers {
        for (name, value) in HARDENING {
            assert!(headers.get(name).is_some_and(|found| found == value), "{status}: {name}");
        }
    }
}

#[tokio::test]
async fn without_the_switch_no_answer_is_hardened() {
    for (status, headers) in one_of_every_kind(&play(Settings { headers: Switch::Off, ..Settings::default() })).await {
        for (name, _) in HARDENING {
            assert!(headers.get(name).is_none(), "{status}: {name}");
        }
    }
}

#[tokio::test]
async fn transport_security_is_for_secure_origins() {
    let plain = Config { origin: origin("http://api.app.localhost:4000"), ..config() };
    let answer = play_at(plain, Settings::default(), pace()).get("/accounts", "good").await;
    assert_eq!((answer.status, answer.header("strict-transport-security")), (StatusCode::OK, ""));
}
