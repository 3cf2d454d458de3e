//! The page of each architecture in a real browser, from the first look to the sign-out: it works, its policy blocks
//! nothing of its own, no rule of axe is broken, and nothing is wider than the smallest telephone.

use scenarios::actors::browser::Browser;
use scenarios::stage::Stage;
use serde_json::json;

use crate::at_the_page::{console, is_signed_out_because, sees_balance, sees_live, sends, violations};
use crate::world::{answered, bff, driver, open, spa, tmb};

/// How wide the page is when nobody looks at its width.
const WIDE: u32 = 1280;
/// The width at which nothing may need scrolling in two directions (WCAG 2.2, 1.4.10).
const NARROWEST: u32 = 320;

async fn is_fit_to_be_seen(browser: &Browser, page: &str) {
    for (width, scheme) in [(390, "light"), (390, "dark"), (WIDE, "light"), (WIDE, "dark")] {
        browser.look_as(width, scheme).await.expect("the window changes");
        assert_eq!(violations(browser).await, json!([]), "{page} at {width} px, {scheme}");
    }
    browser.look_as(NARROWEST, "light").await.expect("the window changes");
    let script = "
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth <= clientWidth;";
    assert_eq!(browser.read(script, vec![]).await.expect("the page answers"), true, "{page} at {NARROWEST} px");
    browser.look_as(WIDE, "light").await.expect("the window changes");
}

/// `feed` is where the page listens to what happens.
async fn is_used(stage: Stage, feed: &str) {
    let page = stage.deployment().id.clone();
    let driver = driver().await;
    let browser = open(&driver, &stage).await;
    assert_eq!(browser.open_app().await.expect("the page settles"), "signed-out");
    is_fit_to_be_seen(&browser, &format!("{page}, signed out")).await;
    browser.sign_in("alice").await.expect("alice signs in");
    sees_balance(&browser, "1,000").await;
    answered(&stage, feed).await;
    sends(&browser, "7").await;
    sees_live(&browser, "7").await;
    sees_balance(&browser, "993").await;
    is_fit_to_be_seen(&browser, &format!("{page}, signed in")).await;
    browser.sign_out().await.expect("alice signs out");
    assert_eq!(is_signed_out_because(&browser).await, "here");
    let words = browser.read("return document.querySelector('#status').textContent;", vec![]).await;
    assert_eq!(words.expect("the page answers"), "You have signed out.");
    assert_eq!(console(&browser).await, Vec::<String>::new(), "{page}");
    assert_eq!((stage.testbed.transfers)(), 1);
    browser.close().await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_bff() {
    is_used(bff(&[]), "/api/feed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_spa() {
    is_used(spa(&[]), "/live").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_token_mediating_backend() {
    is_used(tmb(&[]), "/live").await;
}
