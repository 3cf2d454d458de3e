//! What a user does at the page, and sees there, in a real browser.

use std::path::Path;

use scenarios::actors::browser::Browser;
use serde_json::{Value, json};

/// The rules of WCAG 2.2 A and AA, and what axe calls best practice.
const AXE: &str = "
    eval(arguments[0]);
    return axe.run().then((found) => found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`));";

/// Waits until the page shows what is in alice's account.
pub(crate) async fn sees_balance(browser: &Browser, balance: &str) {
    let script = "
        const rows = [...document.querySelectorAll('#accounts tbody tr')];
        const row = rows.find(({ cells }) => cells[0].textContent === 'alice-current');
        return row?.cells[1].textContent === arguments[0];";
    let what = format!("a balance of {balance}");
    browser.until(&what, script, vec![json!(balance)]).await.expect("the page shows it");
}

/// Sends money to bob.
pub(crate) async fn sends(browser: &Browser, amount: &str) {
    browser.fill("#transfer-to", "bob-current").await.expect("there is a field");
    browser.fill("#transfer-amount", amount).await.expect("there is a field");
    browser.click("#transfer-form button").await.expect("there is a button");
}

/// Waits until the live feed tells of money that alice has sent to bob.
pub(crate) async fn sees_live(browser: &Browser, amount: &str) {
    let words = format!("{amount} from alice-current to bob-current");
    let script = "
        const told = [...document.querySelectorAll('#live-transfers li[data-transfer]')];
        return told.some(({ textContent }) => textContent.includes(arguments[0]));";
    browser.until("the live feed", script, vec![json!(words)]).await.expect("the feed tells of it");
}

/// Waits until nobody is signed in any more, and returns the reason that the page has.
pub(crate) async fn is_signed_out_because(browser: &Browser) -> String {
    let script = "
        const { state, reason } = document.documentElement.dataset;
        return state === 'signed-out' ? (reason ?? 'none') : null;";
    let reason = browser.until("the end of the sign-in", script, vec![]).await.expect("the page notices");
    reason.as_str().unwrap_or_default().to_owned()
}

/// Presses a button of the page that leads to the provider, which knows the user already.
pub(crate) async fn signs_in_again(browser: &Browser) {
    browser.click("#sign-in").await.expect("there is a button");
    let script = "return document.documentElement.dataset.state === 'signed-in';";
    browser.until("the page to be signed in", script, vec![]).await.expect("the provider asks nothing");
}

/// Returns what axe has against the page.
pub(crate) async fn violations(browser: &Browser) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(path).expect("axe is installed (run make ui)");
    browser.read(AXE, vec![json!(axe)]).await.expect("axe runs")
}

/// Returns what the console has said, apart from that the sign-out has cleared what it is told to clear.
pub(crate) async fn console(browser: &Browser) -> Vec<String> {
    let mut said = browser.console().await.expect("the console answers");
    said.retain(|line| !line.contains(" - Clear-Site-Data header on "));
    said
}
