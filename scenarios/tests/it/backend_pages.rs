//! What a backend gives its page, in a real browser: the list of its user's sessions, the end that is told at once, the
//! use without a network, and a policy that keeps service workers and stored markup out.

use http::{Method, StatusCode};
use scenarios::actors::browser::Browser;
use scenarios::stage::Stage;
use serde_json::{Value, json};
use url::Url;

use crate::at_the_page::{console, is_signed_out_because, sees_balance, sees_live, sends};
use crate::world::{answered, asked, bff, driver, open};

/// Waits until the page lists so many sessions of its user.
async fn lists_sessions(browser: &Browser, count: usize) {
    let script = "return document.querySelectorAll('#sessions li').length === arguments[0];";
    browser.until("the list of sessions", script, vec![json!(count)]).await.expect("the page lists them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_from_the_list_is_told_by_its_events() {
    let stage = bff(&[]);
    let driver = driver().await;
    let (left_open, browser) = (open(&driver, &stage).await, open(&driver, &stage).await);
    left_open.sign_in("alice").await.expect("alice signs in");
    answered(&stage, "/api/feed").await;
    browser.sign_in("alice").await.expect("alice signs in somewhere else");
    lists_sessions(&browser, 2).await;
    browser.click("#sessions li[data-session] button").await.expect("the other one can be ended");
    assert_eq!(is_signed_out_because(&left_open).await, "elsewhere");
    lists_sessions(&browser, 1).await;
    let said = browser.read("return document.querySelector('#status').textContent;", vec![]).await;
    assert!(said.expect("the page answers").as_str().is_some_and(|said| said.starts_with("The session has ended")));
    for browser in [left_open, browser] {
        assert_eq!(console(&browser).await, Vec::<String>::new());
        browser.close().await;
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_tells_what_events_tell() {
    let stage = bff(&[("page.live", "websocket")]);
    let driver = driver().await;
    let browser = open(&driver, &stage).await;
    browser.sign_in("alice").await.expect("alice signs in");
    sees_balance(&browser, "1,000").await;
    answered(&stage, "/api/live").await;
    sends(&browser, "7").await;
    sees_live(&browser, "7").await;
    end_every_other_session(&stage).await;
    assert_eq!(is_signed_out_because(&browser).await, "elsewhere");
    assert!(asked(&stage, "/api/feed").is_empty(), "the page asks for one of the two");
    assert_eq!(console(&browser).await, Vec::<String>::new());
    browser.close().await;
    stage.end().await;
}

/// Signs alice in somewhere else, and ends her other sessions from there.
async fn end_every_other_session(stage: &Stage) {
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in somewhere else");
    let listed = user.call(Method::GET, "/bff/sessions", None).await.expect("an answer").json().expect("JSON");
    let sessions = listed["sessions"].as_array().expect("a list");
    assert_eq!(sessions.len(), 2, "{listed}");
    for session in sessions.iter().filter(|session| session["current"] == false) {
        let id = session["id"].as_str().expect("a name");
        let ended = user.call(Method::DELETE, &format!("/bff/sessions/{id}"), None).await.expect("an answer");
        assert_eq!(ended.status, StatusCode::NO_CONTENT, "{}", ended.body);
    }
}

/// Whether there is a network.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Network {
    There,
    Gone,
}

fn conditions(network: Network) -> Value {
    let offline = network == Network::Gone;
    json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 })
}

/// Takes the network away from the page and from its service worker; returns the sessions that hold the latter.
async fn loses_the_network(browser: &Browser) -> Vec<Value> {
    let enable = "Network.enable";
    let emulate = "Network.emulateNetworkConditions";
    browser.devtools(enable, json!({})).await.expect("the page obeys");
    browser.devtools(emulate, conditions(Network::Gone)).await.expect("the page obeys");
    let found = browser.devtools("Target.getTargets", json!({})).await.expect("the browser answers");
    let mut held = Vec::new();
    for target in found["targetInfos"].as_array().expect("a list") {
        if target["type"] != "service_worker" {
            continue;
        }
        let wanted = json!({ "targetId": target["targetId"], "flatten": false });
        let attached = browser.devtools("Target.attachToTarget", wanted).await.expect("the worker is there");
        let session = attached["sessionId"].clone();
        for command in [
            json!({ "id": 1, "method": enable }),
            json!({ "id": 2, "method": emulate, "params": conditions(Network::Gone) }),
        ] {
            let message = json!({ "sessionId": session, "message": command.to_string() });
            browser.devtools("Target.sendMessageToTarget", message).await.expect("the worker obeys");
        }
        held.push(session);
    }
    assert!(!held.is_empty(), "no service worker runs");
    held
}

async fn finds_the_network(browser: &Browser, held: Vec<Value>) {
    for session in held {
        browser.devtools("Target.detachFromTarget", json!({ "sessionId": session })).await.expect("the worker goes on");
    }
    browser.devtools("Network.emulateNetworkConditions", conditions(Network::There)).await.expect("the page obeys");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_installed_page_starts_and_takes_transfers_without_a_network() {
    let stage = bff(&[("bff.csp.worker", "own")]);
    let driver = driver().await;
    let browser = open(&driver, &stage).await;
    browser.sign_in("alice").await.expect("alice signs in");
    sees_balance(&browser, "1,000").await;
    let controlled = "return navigator.serviceWorker.controller?.state === 'activated';";
    browser.until("the service worker", controlled, vec![]).await.expect("it controls the page");
    let before = asked(&stage, "/").len();
    let held = loses_the_network(&browser).await;

    browser.goto(&format!("{}/", stage.testbed.origins.app)).await.expect("the page starts from what is kept");
    let offline = "return document.documentElement.dataset.state === 'offline';";
    browser.until("the page without a network", offline, vec![]).await.expect("it says so");
    let shown = "
        const shown = (id) => document.getElementById(id).checkVisibility();
        return [shown('transfer'), shown('balances'), document.getElementById('who').textContent];";
    let shown = browser.read(shown, vec![]).await.expect("the page answers");
    assert_eq!(shown, json!([true, false, "alice"]), "the form is there, and no balance");
    browser.fill("#transfer-from", "alice-current").await.expect("there is a field");
    sends(&browser, "7").await;
    let waits = "return document.querySelector('#waiting-transfers li')?.dataset.state === 'waiting';";
    browser.until("the transfer to wait", waits, vec![]).await.expect("it is kept");
    assert_eq!((asked(&stage, "/").len(), (stage.testbed.transfers)()), (before, 0), "nothing reaches the server");

    finds_the_network(&browser, held).await;
    sees_balance(&browser, "993").await;
    let sent = "return document.querySelectorAll('#waiting-transfers li').length === 0;";
    browser.until("the transfer to be sent", sent, vec![]).await.expect("nothing waits any more");
    assert_eq!((stage.testbed.transfers)(), 1, "it is sent once");
    browser.sign_out().await.expect("alice signs out");
    assert_eq!(is_signed_out_because(&browser).await, "here");
    let mut said = console(&browser).await;
    said.retain(|line| !line.ends_with("net::ERR_INTERNET_DISCONNECTED"));
    assert_eq!(said, Vec::<String>::new());
    browser.close().await;
    stage.end().await;
}

/// Registers the application's own worker as injected script would, and says what comes of it.
const REGISTER: &str = "
    return navigator.serviceWorker.register('/service-worker.js').then(() => 'registered', (error) => error.message);";

#[tokio::test(flavor = "multi_thread")]
async fn a_service_worker_is_kept_out_by_trusted_types_by_policy_and_by_the_answer() {
    let driver = driver().await;
    for (changes, expected) in [
        (vec![], "TrustedScriptURL"),
        (vec![("bff.csp.trusted_types", "off")], "Content Security Policy"),
        (vec![("bff.csp.script", "none")], "HTTP response code (403)"),
        (vec![("bff.csp.script", "none"), ("bff.csp.worker", "own")], "registered"),
    ] {
        let stage = bff(&changes);
        let browser = open(&driver, &stage).await;
        browser.open_app().await.expect("the page settles");
        let outcome = browser.read(REGISTER, vec![]).await.expect("the page answers");
        assert!(outcome.as_str().is_some_and(|outcome| outcome.contains(expected)), "{changes:?}: {outcome}");
        browser.close().await;
        stage.end().await;
    }
}

/// Opens the page with a link that brings a note, and returns what becomes of it: `text`, markup that was `blocked` and
/// is shown as a text, or markup whose script was `kept out` or `ran`.
async fn fate_of_a_note(browser: &Browser, stage: &Stage) -> String {
    browser.sign_in("alice").await.expect("alice signs in");
    let mut link = Url::parse(stage.testbed.origins.app.as_str()).expect("an address");
    let note = "<img src=\"/no-such-image\" onerror=\"document.title = 'ran'\">";
    link.query_pairs_mut().append_pair("note", note);
    browser.goto(link.as_str()).await.expect("the page opens");
    assert_eq!(browser.settled().await.expect("the page settles"), "signed-in");
    let script = "
        const [image] = document.querySelectorAll('#note img');
        if (!image) {
            const word = document.querySelector('#notes .error');
            return word.hidden ? 'text' : word.textContent.includes('Trusted Types') ? 'blocked' : null;
        }
        if (!image.complete) return null;
        // Its handler is called before that of an image that fails after it.
        return new Promise((told) => {
            const next = new Image();
            next.addEventListener('error', () => told(document.title === 'ran' ? 'ran' : 'kept out'));
            next.src = '/no-such-image-either';
        });";
    let fate = browser.until("the note", script, vec![]).await.expect("it is shown");
    fate.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_note_runs_only_where_it_is_markup_and_no_policy_stands() {
    let unsafe_html = ("page.widget", "unsafe-html");
    let (no_types, any_inline) = (("bff.csp.trusted_types", "off"), ("bff.csp.script", "static"));
    let driver = driver().await;
    for (changes, expected) in [
        (vec![no_types, any_inline], "text"),
        (vec![unsafe_html], "blocked"),
        (vec![unsafe_html, no_types], "kept out"),
        (vec![unsafe_html, any_inline], "blocked"),
        (vec![unsafe_html, no_types, any_inline], "ran"),
    ] {
        let stage = bff(&changes);
        let browser = open(&driver, &stage).await;
        assert_eq!(fate_of_a_note(&browser, &stage).await, expected, "{changes:?}");
        browser.close().await;
        stage.end().await;
    }
}
