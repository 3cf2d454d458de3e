//! Each header, and what is missing without its switch.

use http::Request;

use super::{ask, config, get, get_with, origin, with};
use crate::{Settings, Switch};

/// One answer of every kind.
const KINDS: [&str; 6] =
    ["/", "/callback?code=abc", "/assets/app.js", "/settings.json", "/assets/missing.js", "/frontchannel-logout?sid=1"];

#[tokio::test]
async fn every_kind_of_answer_carries_every_header() {
    for path in KINDS {
        let answer = get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(answer.policy().ends_with("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test]
async fn without_the_switch_an_answer_can_be_guessed_at_and_fetched_in_clear() {
    let answer = get_with(with("headers", "off"), "/").await;
    for name in ["x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "strict-transport-security"]
    {
        assert_eq!(answer.header(name), "", "{name}");
    }
    assert!(answer.policy().starts_with("default-src 'none'"), "the policy is another switch");
}

#[tokio::test]
async fn plain_http_promises_no_https() {
    let mut config = config();
    config.origin = origin("http://spa.app.localhost:4000");
    config.api = origin("http://api.app.localhost:4000");
    let answer = ask(config, Settings::default(), Request::get("/")).await;
    assert_eq!(answer.header("strict-transport-security"), "");
    let policy = answer.policy();
    assert!(policy.contains("http://api.app.localhost:4000 ws://api.app.localhost:4000 "), "{policy}");
}

#[tokio::test]
async fn the_policy_admits_the_peers_and_nobody_else() {
    let policy = get("/").await.policy().to_owned();
    let connect = "connect-src 'self' https://api.app1.test wss://api.app1.test https://login.idp1.test;";
    assert!(policy.contains(connect), "{policy}");
    assert!(policy.contains("frame-src 'none'; worker-src 'none'"), "{policy}");
    assert!(policy.contains("require-trusted-types-for 'script'; trusted-types 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("manifest-src"), "{policy}");
}

#[tokio::test]
async fn the_policy_names_the_origin_of_an_issuer_with_a_path() {
    let mut config = config();
    config.issuer = hosting::Issuer::parse("https://Login.idp1.test:8443/realms/one").unwrap();
    config.issuer_origins = vec![origin("https://token.idp1.test")];
    let policy = ask(config, with("renewal", "hidden-frame"), Request::get("/")).await.policy().to_owned();
    assert!(policy.contains(" https://login.idp1.test:8443 https://token.idp1.test;"), "{policy}");
    assert!(policy.contains("frame-src 'self' https://login.idp1.test:8443;"), "{policy}");
    assert!(!policy.contains("realms"), "{policy}");
}

#[tokio::test]
async fn the_issuer_is_framed_only_where_it_must_be() {
    for (name, value) in [("monitor", "on"), ("renewal", "hidden-frame")] {
        let policy = get_with(with(name, value), "/").await.policy().to_owned();
        assert!(policy.contains("frame-src 'self' https://login.idp1.test;"), "{name}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{name}: {policy}");
    }
}

#[tokio::test]
async fn a_worker_is_admitted_only_where_it_holds_the_tokens() {
    let policy = get_with(with("store", "worker"), "/").await.policy().to_owned();
    assert!(policy.contains("worker-src 'self'") && policy.contains("trusted-types worker;"), "{policy}");
    for store in ["memory", "session-storage", "local-storage"] {
        let policy = get_with(with("store", store), "/").await.policy().to_owned();
        assert!(policy.contains("worker-src 'none'") && policy.contains("trusted-types 'none'"), "{store}: {policy}");
    }
}

#[tokio::test]
async fn without_the_policy_the_page_may_do_anything_but_be_framed() {
    let answer = get_with(with("csp", "off"), "/").await;
    assert_eq!(answer.policy(), "frame-ancestors 'none'");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn without_trusted_types_strings_become_markup() {
    let policy = get_with(with("trusted_types", "off"), "/").await.policy().to_owned();
    assert!(policy.contains("script-src 'self'") && !policy.contains("trusted-types"), "{policy}");
}

#[tokio::test]
async fn without_the_switch_anybody_may_frame() {
    let answer = get_with(with("frame", "off"), "/").await;
    assert_eq!(answer.header("x-frame-options"), "");
    assert!(answer.policy().starts_with("default-src 'none'") && !answer.policy().contains("frame-ancestors"));
    let bare = Settings { csp: Switch::Off, frame: Switch::Off, ..Settings::default() };
    assert!(!get_with(bare, "/").await.headers.contains_key("content-security-policy"));
}
