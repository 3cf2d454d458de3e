//! The headers of every kind of answer, and the policy of the page.

use axum::body::Body;
use hosting::Origin;
use http::{Response, StatusCode, header};
use serde_json::json;

use super::agent::{Agent, ask, config, handed, own, request, text};
use crate::settings::{Hardening, ScriptPolicy, Settings, Switch, Worker};

fn with(change: impl Fn(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

fn policy(response: &Response<Body>) -> &str {
    response.headers().get(header::CONTENT_SECURITY_POLICY).map_or("", |value| value.to_str().unwrap())
}

/// One answer of every kind: page, file, redirect, data, refusal, error, and what the provider frames.
async fn answers(settings: &Settings) -> Vec<(&'static str, Response<Body>)> {
    let agent = Agent::new(settings.clone());
    let cookie = agent.begin("alice", None).await;
    let bomb = "x=".to_owned() + &"y".repeat(64 * 1024);
    let framed = "/bff/frontchannel-logout?iss=http%3A%2F%2Fidp.test&sid=x";
    let mut answers = Vec::new();
    for (kind, request) in [
        ("page", request("GET", "/")),
        ("script", request("GET", "/assets/app.js")),
        ("style", request("GET", "/assets/app.css")),
        ("redirect", request("GET", "/bff/signed-out")),
        ("failed sign-in", request("GET", "/bff/callback")),
        ("data", own("GET", "/bff/user").header(header::COOKIE, cookie)),
        ("signed out", own("GET", "/api/accounts")),
        ("forged", request("POST", "/api/transfers")),
        ("bad logout token", request("POST", "/bff/backchannel-logout")),
        ("frame", request("GET", framed)),
        ("operator", request("GET", "/health/live")),
        ("figures", request("GET", "/metrics")),
        ("not found", request("GET", "/nothing")),
        ("method not allowed", request("PUT", "/")),
        ("foreign worker", request("GET", "/assets/app.js").header("service-worker", "script")),
        ("header too long", request("GET", "/").header(header::COOKIE, bomb)),
    ] {
        answers.push((kind, agent.ask(request).await));
    }
    answers
}

#[tokio::test]
async fn every_kind_of_answer_carries_every_header() {
    for (kind, answer) in answers(&Settings::default()).await {
        let says = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("strict-transport-security", "max-age=31536000; includeSubDomains"),
            ("x-frame-options", if kind == "frame" { "" } else { "DENY" }),
        ] {
            assert_eq!(says(name), expected, "{kind}: {name}");
            assert!(answer.headers().get_all(name).iter().count() <= 1, "{kind}: {name}");
        }
        assert!(says("permissions-policy").contains("camera=()"), "{kind}");
        assert!(says("content-security-policy").contains("default-src 'none'"), "{kind}");
        assert_eq!(says("content-security-policy").contains("sandbox"), kind != "page", "{kind}");
        let framed_by = if kind == "frame" { "frame-ancestors http://idp.test;" } else { "frame-ancestors 'none'" };
        assert!(says("content-security-policy").contains(framed_by), "{kind}");
        assert_eq!(says("access-control-allow-origin"), "", "{kind}");
    }
}

#[tokio::test]
async fn the_kinds_of_answer_have_the_statuses_that_they_are_named_after() {
    let statuses: Vec<u16> =
        answers(&Settings::default()).await.iter().map(|(_, answer)| answer.status().as_u16()).collect();
    assert_eq!(statuses, [200, 200, 200, 303, 303, 200, 401, 403, 400, 200, 200, 200, 404, 405, 403, 431]);
}

#[tokio::test]
async fn without_the_frame_switch_nothing_forbids_framing() {
    for (kind, answer) in answers(&with(|settings| settings.csp.frame = Switch::Off)).await {
        assert!(!answer.headers().contains_key(header::X_FRAME_OPTIONS), "{kind}");
        assert_eq!(policy(&answer).contains("frame-ancestors"), kind == "frame", "{kind}");
    }
}

#[tokio::test]
async fn without_the_cache_switch_answers_about_a_user_may_be_kept() {
    for (kind, answer) in answers(&with(|settings| settings.cache = Switch::Off)).await {
        let about_a_user = ["data", "signed out", "forged"].contains(&kind);
        assert_eq!(answer.headers().contains_key(header::CACHE_CONTROL), !about_a_user, "{kind}");
    }
}

#[tokio::test]
async fn over_plain_http_nothing_is_said_about_https() {
    let mut config = config();
    config.origin = Origin::parse("http://bff.app.localhost:4000").unwrap();
    let answer = Agent::with(config, Settings::default(), handed()).ask(request("GET", "/")).await;
    assert!(!answer.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
}

#[tokio::test]
async fn the_page_has_a_fresh_nonce_and_its_script_the_same() {
    let (first, second) = (page(|_| {}).await, page(|_| {}).await);
    assert_ne!(policy(&first), policy(&second));
    let nonce = policy(&first).split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0.to_owned();
    assert_eq!(nonce.len(), 43, "256 bits");
    let html = text(first).await;
    assert!(html.contains(&format!(r#"<script nonce="{nonce}" src="/assets/app.js" defer>"#)), "{html}");
}

#[tokio::test]
async fn a_nonce_that_is_reused_is_known_to_whoever_has_seen_one() {
    let weak = |settings: &mut Settings| settings.csp.script = ScriptPolicy::NonceReused;
    let (first, second) = (page(weak).await, page(weak).await);
    assert_eq!(policy(&first), policy(&second));
    assert!(policy(&first).contains("'nonce-") && text(second).await.contains("nonce="));
}

async fn page(change: impl Fn(&mut Settings)) -> Response<Body> {
    ask(with(change), request("GET", "/")).await
}

#[tokio::test]
async fn each_script_policy_says_what_it_is_called() {
    let hashed = page(|settings| settings.csp.script = ScriptPolicy::Hash).await;
    let digest = policy(&hashed).split_once("script-src '").unwrap().1.split_once('\'').unwrap().0.to_owned();
    assert!(digest.starts_with("sha256-") && text(hashed).await.contains(&format!(r#"integrity="{digest}""#)));
    let fixed = page(|settings| settings.csp.script = ScriptPolicy::Static).await;
    assert!(policy(&fixed).contains("script-src 'self' 'unsafe-inline'"));
    assert!(!text(fixed).await.contains("nonce="));
    let none = page(|settings| settings.csp.script = ScriptPolicy::None).await;
    assert!(!none.headers().contains_key(header::CONTENT_SECURITY_POLICY), "there is no policy");
    assert_eq!(none.headers()[header::X_FRAME_OPTIONS], "DENY", "framing has a switch of its own");
}

#[tokio::test]
async fn trusted_types_connections_and_dynamic_script_have_switches_of_their_own() {
    let reference = page(|_| {}).await;
    assert!(policy(&reference).contains("require-trusted-types-for 'script'; trusted-types 'none'"));
    assert!(policy(&reference).contains("connect-src 'self';") && !policy(&reference).contains("strict-dynamic"));
    let untyped = page(|settings| settings.csp.trusted_types = Switch::Off).await;
    assert!(!policy(&untyped).contains("trusted-types"));
    let connected = page(|settings| settings.csp.connect = Switch::Off).await;
    assert!(policy(&connected).contains("connect-src *;"));
    let dynamic = page(|settings| settings.csp.strict_dynamic = Hardening::On).await;
    assert!(policy(&dynamic).contains("'strict-dynamic'"));
}

#[tokio::test]
async fn settings_reach_the_page_without_a_rebuild() {
    let mut config = config();
    config.page.settings = json!({ "live": "websocket", "note": "</script>" });
    let html = text(Agent::with(config, Settings::default(), handed()).ask(request("GET", "/")).await).await;
    assert!(html.contains(r#"<script type="application/json" id="settings">{"#), "{html}");
    assert!(html.contains(r#""note":"\u003c/script>""#), "{html}");
}

fn worker_of(path: &str) -> http::request::Builder {
    request("GET", path).header("service-worker", "script")
}

#[tokio::test]
async fn no_service_worker_comes_from_anywhere_by_default() {
    let agent = Agent::new(Settings::default());
    for path in ["/assets/app.js", "/service-worker.js", "/api/orders/list", "/"] {
        assert_eq!(agent.ask(worker_of(path)).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(agent.ask(request("GET", "/service-worker.js")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_own_service_worker_is_one_script_and_fetches_from_this_origin() {
    let mut config = config();
    config.page.worker = Some("worker()".to_owned());
    let agent = Agent::with(config, with(|settings| settings.csp.worker = Worker::Own), handed());
    assert_eq!(agent.ask(worker_of("/assets/app.js")).await.status(), StatusCode::FORBIDDEN);
    let worker = agent.ask(worker_of("/service-worker.js")).await;
    assert_eq!(worker.headers()["service-worker-allowed"], "/");
    assert_eq!(policy(&worker), "default-src 'none'; connect-src 'self'; frame-ancestors 'none'");
    assert_eq!(text(worker).await, "worker()");
    let page = agent.ask(request("GET", "/")).await;
    assert!(policy(&page).contains("worker-src 'self';") && policy(&page).contains("trusted-types service-worker"));
}

#[tokio::test]
async fn the_weak_variant_takes_any_script_for_a_service_worker() {
    let weak = with(|settings| settings.csp.worker = Worker::Any);
    assert_eq!(ask(weak, worker_of("/assets/app.js")).await.status(), StatusCode::OK);
}
