//! Service workers: none by default, the page's own where it is to work without a network, never another.

use http::{Request, StatusCode};

use super::{ask, config, get, get_with, with};
use crate::Settings;

async fn wants_worker(settings: Settings, path: &str) -> StatusCode {
    ask(config(), settings, Request::get(path).header("service-worker", "script")).await.status
}

#[tokio::test]
async fn refuses_to_deliver_a_service_worker() {
    for path in ["/assets/app.js", "/service-worker.js", "/", "/assets/spa-worker.js"] {
        assert_eq!(wants_worker(Settings::default(), path).await, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/service-worker.js", "/manifest.webmanifest"] {
        assert_eq!(get(path).await.status, StatusCode::NOT_FOUND, "{path} is not the host page");
    }
}

#[tokio::test]
async fn delivers_its_own_service_worker_and_no_other() {
    assert_eq!(wants_worker(with("pwa", "on"), "/service-worker.js").await, StatusCode::OK);
    for path in ["/assets/app.js", "/service-worker.js/", "/Service-Worker.js", "/assets/spa-worker.js", "/"] {
        assert_eq!(wants_worker(with("pwa", "on"), path).await, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn an_installed_page_has_a_manifest_and_a_policy_for_it() {
    let page = get_with(with("pwa", "on"), "/").await;
    assert!(page.body.contains(r#"<link rel="manifest" href="/manifest.webmanifest">"#), "{}", page.body);
    let policy = page.policy();
    for part in ["manifest-src 'self'", "worker-src 'self'", "trusted-types service-worker;"] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    let manifest = get_with(with("pwa", "on"), "/manifest.webmanifest").await;
    assert_eq!((manifest.body.as_str(), manifest.header("content-type")), ("{}", "application/manifest+json"));
    assert!(!get("/").await.body.contains("manifest"));
}
