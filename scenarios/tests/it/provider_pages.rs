//! The identity provider's pages in a real browser: no rule of axe is broken, nothing is wider than a telephone, every control is
//! reached by keyboard, no script or style is blocked, and nobody can frame a page on which users decide something.

use std::path::Path;

use scenarios::actors::browser::Browser;
use scenarios::actors::driver::Driver;
use scenarios::config::Config;
use scenarios::deployment;
use scenarios::stage::Stage;
use serde_json::{Value, json};

use crate::world::theatre;

/// The rules of WCAG 2.2 A and AA, and what axe calls best practice.
const AXE: &str = "
    eval(arguments[0]);
    return axe.run().then((found) => found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`));";

/// What is wider than the window, and which controls the tab key passes by.
const SHAPE: &str = "
    const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
    const controls = [...document.querySelectorAll('input:not([type=hidden]), button, a')];
    const passed = controls.filter((one) => one.tabIndex !== 0).map((one) => one.outerHTML);
    return { wide, controls: controls.length, passed, title: document.title, heading: document.querySelectorAll('h1').length };";

async fn look(browser: &Browser, page: &str, controls: u64, address: Option<&str>) {
    let axe =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js"));
    let axe = axe.expect("axe is installed (run make ui)");
    for (width, scheme) in [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")] {
        browser.look_as(width, scheme).await.expect("the window changes");
        if let Some(address) = address {
            browser.goto(address).await.expect("the page opens");
        }
        let shape = browser.read(SHAPE, vec![]).await.expect("the page answers");
        assert_eq!(shape["wide"], false, "{page} at {width} px");
        assert_eq!(shape["controls"], controls, "{page}: {shape}");
        assert_eq!((&shape["passed"], &shape["heading"]), (&json!([]), &json!(1)), "{page}");
        assert!(shape["title"].as_str().is_some_and(|title| !title.is_empty()), "{page}");
        let violations = browser.read(AXE, vec![Value::from(axe.as_str())]).await.expect("axe runs");
        assert_eq!(violations, json!([]), "{page} at {width} px, {scheme}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn are_usable_and_run_nothing_that_the_policy_does_not_name() {
    let driver = Driver::start(&Config::from_environment().installation).await.expect("the driver starts");
    let reference = deployment::ALL[0].deployment().expect("the reference exists");
    let mut stage = Stage::new(&theatre(), &reference, Some(driver)).expect("it boots");
    let idp = stage.testbed.origins.idp.to_string();
    let app = stage.testbed.origins.app.to_string();
    let mut authorize = url::Url::parse(&format!("{idp}/authorize")).expect("an address");
    authorize.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", "spa"),
        ("redirect_uri", &format!("{app}/callback")),
        ("scope", "openid profile accounts"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ]);
    let with = |name: &str, value: &str| {
        let mut changed = authorize.clone();
        changed.query_pairs_mut().append_pair(name, value);
        changed.to_string()
    };
    let evil = stage.testbed.origins.evil.to_string();
    let browser = stage.browser().await.expect("a browser opens");
    look(browser, "login", 3, Some(authorize.as_str())).await;
    look(browser, "login with a second factor", 4, Some(&with("acr_values", "2"))).await;
    browser.fill("#username", "alice").await.expect("there is a field");
    browser.fill("#password", "wrong").await.expect("there is a field");
    browser.click("button").await.expect("there is a button");
    browser
        .until("the error to be shown", "return !!document.querySelector('[role=alert]') || null;", vec![])
        .await
        .expect("it is");
    look(browser, "login again", 4, None).await;
    look(browser, "refused", 0, Some(&format!("{idp}/authorize?client_id=nobody"))).await;

    browser.goto(&with("prompt", "consent")).await.expect("the page opens");
    browser.fill("#username", "alice").await.expect("there is a field");
    browser.fill("#password", scenarios::testbed::PASSWORD).await.expect("there is a field");
    browser.click("button").await.expect("there is a button");
    let asked = "return document.querySelector('[name=question]') ? true : null;";
    browser.until("the question to be shown", asked, vec![]).await.expect("it is");
    look(browser, "consent", 2, None).await;
    look(browser, "sign out?", 2, Some(&format!("{idp}/end_session"))).await;
    browser.click("button[value=stay]").await.expect("there is a button");
    look(browser, "still signed in", 0, None).await;
    browser.goto(&format!("{idp}/end_session")).await.expect("the page opens");
    browser.click("button[value=sign-out]").await.expect("there is a button");
    look(browser, "signed out", 0, None).await;
    let mut said = browser.console().await.expect("the console answers");
    // The refusals are refusals in their status too, and the console says so.
    said.retain(|line| !line.ends_with("the server responded with a status of 400 ()"));
    assert_eq!(said, Vec::<String>::new());

    // A page that is framed all the same shows the browser's own error page, whose address no other page can read.
    browser.goto(&format!("{evil}/blank")).await.expect("the page opens");
    let framed = "
        const [address, done] = arguments;
        const frame = document.createElement('iframe');
        frame.src = address;
        frame.addEventListener('load', () => { document.title = frame.contentDocument === null ? 'kept out' : 'same origin'; });
        document.body.append(frame);
        return true;";
    browser.read(framed, vec![Value::from(authorize.as_str())]).await.expect("a frame is made");
    browser.until("the frame to load", "return document.title === 'kept out' || null;", vec![]).await.expect("it does");
    let said = browser.console().await.expect("the console answers").join("\n");
    assert!(said.contains("frame-ancestors") || said.contains("X-Frame-Options"), "{said}");
    stage.end().await;
}
