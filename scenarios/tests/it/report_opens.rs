//! The report is opened from disk in a real browser: nothing is fetched, nothing is blocked, nothing is wider than the window.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use hosting::Authority;
use scenarios::actors::driver::Driver;
use scenarios::config::Config;
use scenarios::deployment;
use scenarios::page::Pages;
use scenarios::stage::{Stage, Theatre};
use scenarios::testbed::Scheme;

/// Opens every fold, and names what reaches past the window without a scroll region of its own around it.
const TOO_WIDE: &str = "
    for (const fold of document.querySelectorAll('details')) fold.open = true;
    const clipped = (element) => {
        for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
            if (getComputedStyle(at).overflowX !== 'visible') return true;
        }
        return false;
    };
    const wide = [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !clipped(element))
        .map((element) => `${element.tagName}.${element.className.baseVal ?? element.className} ${element.textContent.slice(0, 60)}`);
    return { requests: performance.getEntriesByType('resource').length, 'too wide': wide.slice(0, 5) };";

#[tokio::test(flavor = "multi_thread")]
async fn from_disk_without_a_request_or_a_console_message() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("index.html");
    std::fs::write(&path, reports::formats::html::render(&reports::sample_run())).expect("the report can be written");
    let theatre = Theatre {
        scheme: Scheme::Tls(Authority::new()),
        pages: Arc::new(Pages::embedded().expect("the page is built")),
        numbers: Arc::new(AtomicUsize::new(0)),
    };
    let driver = Driver::start(&Config::from_environment().installation).await.expect("the driver starts");
    let bff = deployment::ALL[0].deployment().expect("the reference exists");
    let mut stage = Stage::new(&theatre, &bff, Some(driver)).expect("it boots");
    let browser = stage.browser().await.expect("a browser opens");
    for (width, scheme) in [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")] {
        browser.look_as(width, scheme).await.expect("the window changes");
        browser.goto(&format!("file://{}", path.display())).await.expect("the report opens");
        let title = browser.read("return document.querySelector('h1').textContent;", vec![]).await.expect("a heading");
        assert!(title.as_str().is_some_and(|title| title.contains("BFF")), "{title}");
        let seen = browser.read(TOO_WIDE, vec![]).await.expect("the page answers");
        assert_eq!(seen, serde_json::json!({ "requests": 0, "too wide": [] }), "at {width} px, {scheme}");
    }
    assert_eq!(browser.console().await.expect("the console answers"), Vec::<String>::new());
    stage.end().await;
}
