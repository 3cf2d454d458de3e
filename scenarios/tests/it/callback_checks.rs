//! What ties an authorization response to its request, each check taken away by its switch.

use http::Method;
use scenarios::actors::bff_user::BffUser;
use scenarios::stage::Stage;
use scenarios::testbed::PASSWORD;
use url::Url;

use crate::world::bff;

/// Signs a user in up to the provider's redirect, and returns the callback's address without going there.
async fn up_to_the_callback(stage: &Stage, user: &mut BffUser, username: &str) -> Url {
    let login = Url::parse(&format!("{}/bff/login", stage.testbed.origins.app)).expect("an address");
    let page = user.agent.navigate(login).await.expect("the login page");
    let answer = user.agent.post_login(&page, username, PASSWORD).await.expect("the provider's answer");
    answer.location().expect("it redirects to the callback")
}

fn with(url: &Url, name: &str, value: &str) -> Url {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
    changed
}

fn get(url: &Url, name: &str) -> String {
    url.query_pairs()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
        .expect("the parameter is there")
}

/// Returns who is signed in after the callback, if anybody.
async fn who_after(user: &mut BffUser, callback: Url) -> Option<String> {
    user.agent.navigate(callback).await.expect("the callback answers");
    let answer = user.call(Method::GET, "/bff/user", None).await.expect("an answer");
    answer.json().ok()?["sub"].as_str().map(str::to_owned)
}

async fn who_with(changes: &[(&str, &str)], name: &str, value: &str) -> Option<String> {
    let stage = bff(changes);
    let mut user = stage.bff_user();
    let callback = up_to_the_callback(&stage, &mut user, "alice").await;
    let who = who_after(&mut user, with(&callback, name, value)).await;
    stage.end().await;
    who
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_state_is_refused() {
    assert_eq!(who_with(&[], "state", "wrong").await, None);
    assert_eq!(who_with(&[("bff.tx.state", "off")], "state", "wrong").await.as_deref(), Some("sub-alice"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_issuer_is_refused() {
    assert_eq!(who_with(&[], "iss", "https://evil.test").await, None);
    assert_eq!(who_with(&[("bff.tx.iss", "off")], "iss", "https://evil.test").await.as_deref(), Some("sub-alice"));
}

/// Injects a victim's unused code into the attacker's own sign-in (RFC 9700 §4.5).
async fn injected(changes: &[(&str, &str)]) -> Option<String> {
    let stage = bff(changes);
    let (mut victim, mut attacker) = (stage.bff_user(), stage.bff_user());
    let stolen = get(&up_to_the_callback(&stage, &mut victim, "alice").await, "code");
    let own = up_to_the_callback(&stage, &mut attacker, "bob").await;
    let who = who_after(&mut attacker, with(&own, "code", &stolen)).await;
    stage.end().await;
    who
}

#[tokio::test(flavor = "multi_thread")]
async fn an_injected_code_is_refused_by_pkce_and_by_nonce_each_alone() {
    let no_pkce = [("bff.tx.pkce", "off"), ("idp.pkce", "off")];
    assert_eq!(injected(&[]).await, None);
    assert_eq!(injected(&no_pkce).await, None);
    assert_eq!(injected(&[("bff.tx.nonce", "off")]).await, None);
    let neither = [no_pkce[0], no_pkce[1], ("bff.tx.nonce", "off")];
    assert_eq!(injected(&neither).await.as_deref(), Some("sub-alice"));
}
