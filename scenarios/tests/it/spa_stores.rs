//! Where the SPA keeps its tokens, how it renews and shows them, and how it notices the end of the sign-in, in a real
//! browser.

use hosting::{Exchange, Kind};
use http::StatusCode;
use scenarios::actors::browser::Browser;
use scenarios::stage::Stage;
use serde_json::json;

use crate::at_the_page::{console, is_signed_out_because, sees_balance, sees_live, sends, signs_in_again};
use crate::visits::called;
use crate::world::{answered, asked, driver, header, open, spa};

/// Signs in, calls the API and listens to the feed.
async fn is_at_work(browser: &Browser, stage: &Stage) {
    browser.sign_in("alice").await.expect("alice signs in");
    sees_balance(browser, "1,000").await;
    answered(stage, "/live").await;
    sends(browser, "7").await;
    sees_live(browser, "7").await;
}

/// Tells whether a script of the page finds an access token in what browsers store.
async fn stores_the_token(browser: &Browser, stage: &Stage) -> bool {
    let script = "return JSON.stringify([{ ...sessionStorage }, { ...localStorage }]);";
    let stored = browser.read(script, vec![]).await.expect("the page answers");
    let found = stage.testbed.credentials.found_in(stored.as_str().unwrap_or_default());
    found.iter().any(|(kind, _)| *kind == Kind::AccessToken)
}

/// Where the token was with which a WebSocket was opened.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    InAddress,
    InSubprotocol,
    ByTicket,
    Afterwards,
}

fn shown(handshake: &Exchange) -> Shown {
    if handshake.path.contains("access_token=") {
        Shown::InAddress
    } else if handshake.path.contains("ticket=") {
        Shown::ByTicket
    } else if header(handshake, "sec-websocket-protocol").is_some_and(|protocols| protocols.starts_with("bearer")) {
        Shown::InSubprotocol
    } else {
        Shown::Afterwards
    }
}

/// What one store, and one way to open the feed, are seen to do.
struct Expected {
    store: &'static str,
    ws_auth: &'static str,
    shown: Shown,
    is_stored: bool,
    after_a_reload: &'static str,
}

async fn is_as_expected(expected: Expected) {
    let Expected { store, ws_auth, shown: way, is_stored, after_a_reload } = expected;
    let stage = spa(&[("spa.store", store), ("spa.ws_auth", ws_auth)]);
    let driver = driver().await;
    let browser = open(&driver, &stage).await;
    is_at_work(&browser, &stage).await;
    assert_eq!(shown(&answered(&stage, "/live").await), way, "{ws_auth}");
    assert_eq!(stores_the_token(&browser, &stage).await, is_stored, "{store}");
    assert_eq!(browser.open_app().await.expect("the page settles"), after_a_reload, "{store}");
    if after_a_reload == "signed-out" {
        signs_in_again(&browser).await;
    }
    sees_balance(&browser, "993").await;
    browser.sign_out().await.expect("alice signs out");
    assert_eq!(is_signed_out_because(&browser).await, "here");
    assert!(!stores_the_token(&browser, &stage).await, "{store} still has the token");
    let revoked = asked(&stage, "/revoke");
    assert!(revoked.len() >= 2 && revoked.iter().all(|one| one.status == Some(200)), "both tokens are revoked");
    assert_eq!(browser.open_app().await.expect("the page settles"), "signed-out");
    assert_eq!(console(&browser).await, Vec::<String>::new(), "{store}");
    browser.close().await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_forgets_at_a_reload_and_the_first_message_shows_the_token() {
    let (store, ws_auth) = ("memory", "first-message");
    is_as_expected(Expected {
        store,
        ws_auth,
        shown: Shown::Afterwards,
        is_stored: false,
        after_a_reload: "signed-out",
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn session_storage_survives_a_reload_and_an_address_shows_the_token() {
    let (store, ws_auth) = ("session-storage", "query");
    is_as_expected(Expected { store, ws_auth, shown: Shown::InAddress, is_stored: true, after_a_reload: "signed-in" })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn local_storage_survives_a_reload_and_a_subprotocol_shows_the_token() {
    let (store, ws_auth) = ("local-storage", "subprotocol");
    is_as_expected(Expected {
        store,
        ws_auth,
        shown: Shown::InSubprotocol,
        is_stored: true,
        after_a_reload: "signed-in",
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_forgets_at_a_reload_and_a_ticket_opens_the_feed() {
    let (store, ws_auth) = ("worker", "ticket");
    is_as_expected(Expected { store, ws_auth, shown: Shown::ByTicket, is_stored: false, after_a_reload: "signed-out" })
        .await;
}

/// Tells of every key that tokens are bound to whether a script could take it away.
const KEYS: &str = "
    return new Promise((resolve, reject) => {
        const opening = indexedDB.open('oidc');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
            const reading = opening.result.transaction('dpop').objectStore('dpop').getAll();
            reading.onerror = () => reject(reading.error);
            reading.onsuccess = () => resolve(reading.result.map(({ keys }) => keys.privateKey.extractable));
        };
    });";

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_bound_to_a_key_need_its_proof() {
    let stage = spa(&[("wire.sender_constraint", "dpop"), ("spa.dpop", "on")]);
    let driver = driver().await;
    let browser = open(&driver, &stage).await;
    is_at_work(&browser, &stage).await;
    assert_eq!(browser.read(KEYS, vec![]).await.expect("the page answers"), json!([false]));
    let calls = asked(&stage, "/accounts");
    let by_page: Vec<&Exchange> = calls.iter().filter(|call| header(call, "authorization").is_some()).collect();
    assert!(!by_page.is_empty(), "the page has called the API");
    for call in by_page {
        assert!(header(call, "authorization").is_some_and(|value| value.starts_with("DPoP ")), "{call:?}");
        assert!(header(call, "dpop").is_some(), "{call:?}");
    }
    let mut newest_first = stage.testbed.credentials.all().into_iter().rev();
    let (_, _, copy) = newest_first.find(|(kind, ..)| *kind == Kind::AccessToken).expect("a token");
    assert_eq!(called(&mut stage.spa_user(), copy.expose()).await, StatusCode::UNAUTHORIZED, "a copy opens nothing");
    browser.sign_out().await.expect("alice signs out");
    assert_eq!(is_signed_out_because(&browser).await, "here");
    // A server names the nonce that it wants in a refusal (RFC 9449 §8), and browsers log every refusal.
    let mut said = console(&browser).await;
    said.retain(|line| !["/token - ", "/accounts - "].iter().any(|place| line.contains(place)));
    assert_eq!(said, Vec::<String>::new());
    browser.close().await;
    stage.end().await;
}

/// Signs in where a hidden frame renews, loads the page again, and returns whether somebody is signed in.
async fn after_a_reload_by_frame(provider_site: &str) -> String {
    let stage = spa(&[("spa.renewal", "hidden-frame"), ("wire.provider_site", provider_site)]);
    let driver = driver().await;
    let browser = open(&driver, &stage).await;
    browser.sign_in("alice").await.expect("alice signs in");
    let state = browser.open_app().await.expect("the page settles");
    let asked_silently = asked(&stage, "/authorize").iter().any(|request| request.path.contains("prompt=none"));
    assert!(asked_silently, "no frame has asked");
    let minted = stage.testbed.credentials.all();
    assert!(minted.iter().all(|(kind, ..)| *kind != Kind::RefreshToken), "there is no refresh token to steal");
    if state == "signed-in" {
        sees_balance(&browser, "1,000").await;
        browser.sign_out().await.expect("alice signs out");
        assert_eq!(is_signed_out_because(&browser).await, "here");
    }
    browser.close().await;
    stage.end().await;
    state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_frame_renews_where_the_provider_is_on_the_applications_site() {
    assert_eq!(after_a_reload_by_frame("same-site").await, "signed-in");
    assert_eq!(after_a_reload_by_frame("cross-site").await, "signed-out", "a frame of another site has no session");
}

/// Waits until the provider's frame has told the page that nothing has changed: from then on it is believed.
const IS_WATCHED: &str = "
    if (!('told' in window)) {
        window.told = null;
        addEventListener('message', ({ data }) => { window.told = data; });
    }
    return window.told === 'unchanged';";

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_providers_session_is_noticed_through_its_frame() {
    // Nothing else may tell: neither the provider's own frame at the sign-out, nor the API.
    let silent = [("spa.fcl", "off"), ("api.live.recheck", "off")];
    let stage = spa(&[silent[0], silent[1], ("spa.monitor", "on"), ("wire.provider_site", "same-site")]);
    let driver = driver().await;
    let browser = open(&driver, &stage).await;
    browser.sign_in("alice").await.expect("alice signs in");
    browser.until("the provider's frame", IS_WATCHED, vec![]).await.expect("it answers");
    let here = browser.open_tab().await.expect("a tab opens");
    browser.goto(&format!("{}/end_session", stage.testbed.origins.idp)).await.expect("the provider asks");
    browser.click("button[value=sign-out]").await.expect("there is a button");
    browser.turn_to(here).await.expect("the tab is still there");
    assert_eq!(is_signed_out_because(&browser).await, "elsewhere");
    let asked_silently = asked(&stage, "/authorize").iter().any(|request| request.path.contains("prompt=none"));
    assert!(!asked(&stage, "/check_session").is_empty() && asked_silently, "it was not the frame that told");
    browser.close().await;
    stage.end().await;
}

/// Signs out in a second tab, and returns why the first one believes that the sign-in has ended.
async fn why_the_other_tab_ends(changes: &[(&str, &str)]) -> String {
    let stage = spa(changes);
    let driver = driver().await;
    let browser = open(&driver, &stage).await;
    browser.sign_in("alice").await.expect("alice signs in");
    let first = browser.open_tab().await.expect("a tab opens");
    assert_eq!(browser.open_app().await.expect("the page settles"), "signed-in", "the tabs share their tokens");
    browser.sign_out().await.expect("alice signs out");
    browser.turn_to(first).await.expect("the tab is still there");
    let reason = is_signed_out_because(&browser).await;
    browser.close().await;
    stage.end().await;
    reason
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_in_one_tab_ends_the_others() {
    let shared = ("spa.store", "local-storage");
    assert_eq!(why_the_other_tab_ends(&[shared, ("api.live.recheck", "off")]).await, "here");
    assert_eq!(why_the_other_tab_ends(&[shared, ("spa.sync", "off")]).await, "elsewhere", "the API told it");
}
