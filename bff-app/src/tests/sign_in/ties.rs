//! What ties a response to its request, its browser and its provider; each switch off shows its defect.

use http::StatusCode;
use serde_json::json;

use super::browser::{Browser, changed, location, signed_in};
use super::idp::Idp;
use crate::remembered::Drawer;
use crate::tests::agent::text;
use crate::{Settings, Switch};

#[tokio::test]
async fn a_response_works_once() {
    let idp = Idp::start();
    let mut browser = Browser::new(&idp, Settings::default());
    let led = browser.begin("").await;
    assert_eq!(browser.come_back(&idp, &led).await, "/");
    assert_eq!(browser.come_back(&idp, &led).await, "/?sign_in_failed=no_transaction");
    assert_eq!(idp.asked("/token").len(), 1);
}

#[tokio::test]
async fn sign_ins_in_two_tabs_do_not_disturb_each_other() {
    let idp = Idp::start();
    let mut browser = Browser::new(&idp, Settings::default());
    let (first, second) = (browser.begin("return_url=/one").await, browser.begin("return_url=/two").await);
    idp.plan(|plan| plan.claims = json!({}));
    assert_eq!(browser.come_back(&idp, &first).await, "/one");
    idp.plan(|plan| plan.claims = json!({}));
    assert_eq!(browser.come_back(&idp, &second).await, "/two");
}

#[tokio::test]
async fn each_tie_between_response_and_request_holds_unless_it_is_switched_off() {
    // Another sign-in's state.
    for (switch, expected) in [(Switch::On, "/?sign_in_failed=no_transaction"), (Switch::Off, "/")] {
        let idp = Idp::start();
        let mut browser = Browser::new(&idp, changed(|settings| settings.tx.state = switch));
        let mut led = browser.begin("").await;
        led.parameters.retain(|(name, _)| name != "state");
        led.parameters.push(("state".to_owned(), "of-another".to_owned()));
        assert_eq!(browser.come_back(&idp, &led).await, expected, "{switch:?}");
    }
    // Another sign-in's nonce.
    for (switch, expected) in [(Switch::On, "/?sign_in_failed=id_token_refused"), (Switch::Off, "/")] {
        let idp = Idp::start();
        idp.plan(|plan| plan.claims = json!({ "nonce": "of another" }));
        let settings = changed(|settings| settings.tx.nonce = switch);
        assert_eq!(signed_in(&idp, settings, "").await.1, expected, "{switch:?}");
    }
    // Another provider's response, or one whose iss was taken away.
    for (switch, expected) in [(Switch::On, "/?sign_in_failed=wrong_issuer"), (Switch::Off, "/")] {
        let idp = Idp::start();
        idp.plan(|plan| plan.metadata = json!({ "authorization_response_iss_parameter_supported": true }));
        let settings = changed(|settings| settings.tx.iss = switch);
        assert_eq!(signed_in(&idp, settings, "").await.1, expected, "{switch:?}");
    }
}

#[tokio::test]
async fn without_pkce_nothing_proves_who_began() {
    let idp = Idp::start();
    let mut browser = Browser::new(&idp, changed(|settings| settings.tx.pkce = Switch::Off));
    let led = browser.begin("").await;
    assert_eq!(led.get("code_challenge"), None);
    browser.come_back(&idp, &led).await;
    assert_eq!(idp.asked("/token")[0].get("code_verifier"), None);
}

#[tokio::test]
async fn another_browser_cannot_finish_a_sign_in_unless_that_is_switched_off() {
    for (switch, expected) in [(Switch::On, "/?sign_in_failed=no_transaction"), (Switch::Off, "/")] {
        let idp = Idp::start();
        let mut browser = Browser::new(&idp, changed(|settings| settings.tx.browser_bind = switch));
        let led = browser.begin("").await;
        browser.cookies.clear();
        assert_eq!(browser.come_back(&idp, &led).await, expected, "{switch:?}");
    }
}

#[tokio::test]
async fn a_failed_sign_in_shows_no_page_while_a_code_stands_in_the_address() {
    let idp = Idp::start();
    let weak = changed(|settings| settings.tx.redirect_always = Switch::Off);
    let page = Browser::new(&idp, weak).get("/bff/callback?code=c&state=s").await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST, "the weak variant");
    assert!(!text(page).await.contains("code=c"));
    for query in ["", "?code=c&state=s", "?error=access_denied", "?state=a&state=b", "?code=c", "?%00=%ff&a=b"] {
        let answer = Browser::new(&idp, Settings::default()).get(&format!("/bff/callback{query}")).await;
        assert!(location(&answer).starts_with("/?sign_in_failed="), "{query}");
    }
}

#[tokio::test]
async fn a_sign_in_to_a_session_that_has_ended_is_refused_unless_that_is_switched_off() {
    for (switch, expected) in [(Switch::On, "/?sign_in_failed=session_ended"), (Switch::Off, "/")] {
        let idp = Idp::start();
        let mut browser = Browser::new(&idp, changed(|settings| settings.logout.bcl_early = switch));
        browser.agent.bff.remembered.put(Drawer::EndedSid, "sid-of-alice", &true, 300).await.unwrap();
        let led = browser.begin("").await;
        assert_eq!(browser.come_back(&idp, &led).await, expected, "{switch:?}");
        assert_eq!(browser.session().await.is_some(), !switch.is_on());
    }
}

#[tokio::test]
async fn the_session_that_a_browser_had_ends_with_a_new_sign_in() {
    let idp = Idp::start();
    let mut browser = Browser::new(&idp, Settings::default());
    let old = browser.agent.begin("alice", None).await;
    // The cookie is Strict: the browser sends it from the own page, and not when the provider leads it back.
    browser.cookies.clone_from(&old);
    let led = browser.begin("").await;
    browser.cookies = browser.cookies.split("; ").filter(|pair| *pair != old).collect::<Vec<_>>().join("; ");
    assert!(browser.agent.lives(&old).await);
    assert_eq!(browser.come_back(&idp, &led).await, "/");
    assert!(!browser.agent.lives(&old).await);
    assert_eq!(idp.asked("/revoke").len(), 2, "so do its tokens");
    assert!(browser.session().await.is_some());
}
