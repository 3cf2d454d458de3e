//! Requests that another page makes the browser send: what refuses them, and what each refusal is worth alone.

mod routes;
mod streams;

use http::{HeaderMap, StatusCode, header};

use super::agent::{Agent, ask, json_of, request};
use crate::csrf::token_for;
use crate::settings::{CsrfToken, Hardening, Settings, Switch};

const TRANSFER: &str = r#"{"from":"alice-current","to":"bob-current","amount":1}"#;

fn with(change: impl Fn(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

/// Neither header nor Origin check, so that what is left stands alone.
fn bare(change: impl Fn(&mut Settings)) -> Settings {
    with(|settings| {
        (settings.csrf.header, settings.csrf.origin) = (Switch::Off, Switch::Off);
        change(settings);
    })
}

#[tokio::test]
async fn the_header_must_say_exactly_what_it_says() {
    for value in ["", "0", "11", "true", "1, 1"] {
        let request = request("GET", "/bff/user").header("x-csrf", value);
        assert_eq!(ask(Settings::default(), request).await.status(), StatusCode::FORBIDDEN, "{value:?}");
    }
    let open = with(|settings| settings.csrf.header = Switch::Off);
    assert_eq!(ask(open, request("GET", "/api/accounts")).await.status(), StatusCode::UNAUTHORIZED, "the weak variant");
}

#[tokio::test]
async fn unsafe_methods_need_the_own_origin() {
    let from = |origin: &str| request("POST", "/api/transfers").header("x-csrf", "1").header("origin", origin);
    for origin in [
        "https://evil.test",
        "https://sibling.bff.test",
        "null",
        "",
        "http://bff.test",
        "https://bff.test:8443",
        "https://bff.test:443",
        "https://bff.test/",
        "https://bff.test.evil.test",
        "https://BFF.test",
        "https://bff.test https://evil.test",
        "https://bff.test, https://evil.test",
    ] {
        assert_eq!(ask(Settings::default(), from(origin)).await.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(ask(Settings::default(), from("https://bff.test")).await.status(), StatusCode::UNAUTHORIZED);
    let two = from("https://bff.test").header("origin", "https://evil.test");
    assert_eq!(ask(Settings::default(), two).await.status(), StatusCode::FORBIDDEN);
    let odd = from("https://bff.test").header("origin", &b"https://bff.test\xff"[..]);
    assert_eq!(ask(Settings::default(), odd).await.status(), StatusCode::FORBIDDEN);
    let nameless = || request("POST", "/api/transfers").header("x-csrf", "1");
    assert_eq!(ask(Settings::default(), nameless()).await.status(), StatusCode::FORBIDDEN);
    let own = nameless().header("sec-fetch-site", "same-origin");
    assert_eq!(ask(Settings::default(), own).await.status(), StatusCode::UNAUTHORIZED);
    let open = with(|settings| settings.csrf.origin = Switch::Off);
    assert_eq!(ask(open, from("https://evil.test")).await.status(), StatusCode::UNAUTHORIZED, "the weak variant");
}

#[tokio::test]
async fn fetch_metadata_alone_refuses_every_other_page_and_no_client_without_it() {
    let guarded = || bare(|settings| settings.csrf.fetch_metadata = Hardening::On);
    for (site, expected) in [("same-origin", 401), ("same-site", 403), ("cross-site", 403), ("none", 403)] {
        for (method, path) in [("GET", "/api/accounts"), ("POST", "/api/transfers")] {
            let request = request(method, path).header("sec-fetch-site", site);
            assert_eq!(ask(guarded(), request).await.status(), expected, "{method} {site}");
        }
    }
    assert_eq!(ask(guarded(), request("GET", "/api/accounts")).await.status(), StatusCode::UNAUTHORIZED);
    let open = request("GET", "/api/accounts").header("sec-fetch-site", "cross-site");
    assert_eq!(ask(bare(|_| {}), open).await.status(), StatusCode::UNAUTHORIZED, "without it");
}

#[tokio::test]
async fn bodies_are_json_alone_where_the_switch_says_so() {
    let agent = Agent::new(bare(|settings| settings.csrf.content_type = Hardening::On));
    let open = Agent::new(bare(|_| {}));
    for (content_type, is_taken) in [
        ("application/json", true),
        ("Application/JSON; charset=utf-8", true),
        ("text/plain", false),
        ("application/x-www-form-urlencoded", false),
        ("multipart/form-data; boundary=x", false),
        ("text/plain; application/json", false),
        ("application/json, text/plain", false),
        ("application/jsonp", false),
    ] {
        let request = || request("POST", "/api/transfers").header(header::CONTENT_TYPE, content_type);
        let expected = if is_taken { StatusCode::UNAUTHORIZED } else { StatusCode::UNSUPPORTED_MEDIA_TYPE };
        assert_eq!(agent.send(request(), TRANSFER).await.status(), expected, "{content_type}");
        assert_eq!(open.send(request(), TRANSFER).await.status(), StatusCode::UNAUTHORIZED, "{content_type}");
    }
    let untyped = agent.send(request("POST", "/api/transfers"), TRANSFER).await;
    assert_eq!(untyped.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let empty = agent.ask(request("POST", "/bff/logout")).await;
    assert_eq!(empty.status(), StatusCode::UNAUTHORIZED, "what has no body has no type");
}

fn cookies(pair: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, pair.parse().unwrap());
    headers
}

async fn token_of(agent: &Agent, cookie: &str) -> String {
    let found = agent.bff.sessions.peek(&cookies(cookie)).await.unwrap();
    token_for(&agent.bff, &found).unwrap()
}

/// Sends a transfer with this session and this token, from nowhere in particular.
async fn transfer(agent: &Agent, cookie: &str, token: Option<&str>) -> StatusCode {
    let mut request = request("POST", "/api/transfers").header(header::COOKIE, cookie);
    if let Some(token) = token {
        request = request.header("x-csrf-token", token);
    }
    agent.send(request, TRANSFER).await.status()
}

#[tokio::test]
async fn a_token_is_worth_something_in_its_own_session_alone() {
    let agent = Agent::new(bare(|settings| settings.csrf.token = CsrfToken::Session));
    let (alice, bob) = (agent.begin("alice", None).await, agent.begin("bob", None).await);
    let (of_alice, of_bob) = (token_of(&agent, &alice).await, token_of(&agent, &bob).await);
    let told = json_of(agent.ask(request("GET", "/bff/user").header(header::COOKIE, &alice)).await).await;
    assert_eq!(told["csrf_token"], of_alice);
    for wrong in [None, Some(""), Some("guess"), Some(of_bob.as_str()), Some(&of_alice[1..])] {
        assert_eq!(transfer(&agent, &alice, wrong).await, StatusCode::FORBIDDEN, "{wrong:?}");
    }
    assert_eq!(transfer(&agent, &alice, Some(&of_alice)).await, StatusCode::OK);
    let planted = format!("{alice}; csrf-token={of_bob}");
    assert_eq!(transfer(&agent, &planted, Some(&of_bob)).await, StatusCode::FORBIDDEN, "a cookie changes nothing");
    let read = agent.ask(request("GET", "/api/accounts").header(header::COOKIE, &alice)).await;
    assert_eq!(read.status(), StatusCode::OK, "reading needs no token");
    let nobody = agent.send(request("POST", "/api/transfers"), TRANSFER).await;
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED, "whoever is not signed in has no token to forget");
}

#[tokio::test]
async fn without_a_token_the_session_is_all_that_a_forged_request_needs() {
    let agent = Agent::new(bare(|_| {}));
    let alice = agent.begin("alice", None).await;
    assert_eq!(transfer(&agent, &alice, None).await, StatusCode::OK);
}

#[tokio::test]
async fn a_siblings_cookie_defeats_the_naive_double_submit() {
    let agent = Agent::new(bare(|settings| settings.csrf.token = CsrfToken::DoubleSubmit));
    let alice = agent.begin("alice", None).await;
    let answer = agent.ask(request("GET", "/bff/user").header(header::COOKIE, &alice)).await;
    let mut set = answer.headers().get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    let line = set.find(|line| line.starts_with("csrf-token=")).unwrap();
    assert!(!line.contains("HttpOnly"), "the page must read it: {line}");
    let own = line.split(';').next().unwrap();
    let token = own.strip_prefix("csrf-token=").unwrap();
    let with_cookie = format!("{alice}; {own}");
    assert_eq!(transfer(&agent, &with_cookie, Some(token)).await, StatusCode::OK);
    for wrong in [None, Some("guess")] {
        assert_eq!(transfer(&agent, &with_cookie, wrong).await, StatusCode::FORBIDDEN, "{wrong:?}");
    }
    assert_eq!(transfer(&agent, &alice, Some("")).await, StatusCode::FORBIDDEN, "two that are missing are not alike");
    // A form of the sibling's page carries no header, but it can carry the address; its cookie has the longer path.
    let tossed = format!("csrf-token=evil; {with_cookie}");
    let forged = request("POST", "/api/transfers?csrf_token=evil").header(header::COOKIE, &tossed);
    assert_eq!(agent.send(forged, TRANSFER).await.status(), StatusCode::OK, "the defect");
}
