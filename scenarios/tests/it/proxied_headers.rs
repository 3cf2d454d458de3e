//! What the proxy lets through to the private downstream.

use http::Method;
use url::Url;

use crate::world::bff;

/// Returns the downstream's view of a call that brings an `Authorization` of its own.
async fn downstream_headers(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let stage = bff(changes);
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in");
    let url = Url::parse(&format!("{}/api/orders/list", stage.testbed.origins.app)).expect("an address");
    let headers = [("x-csrf", "1"), ("authorization", "Bearer brought-by-the-caller"), ("x-forwarded-user", "bob")];
    user.agent.send(Method::GET, url, &headers, None).await.expect("an answer");
    let seen = stage.testbed.journal.exchanges().into_iter().find(|exchange| exchange.path == "/orders/list");
    stage.end().await;
    seen.expect("the call reaches the downstream").request_headers
}

fn value<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_token_replaces_what_the_caller_brought() {
    let seen = downstream_headers(&[]).await;
    assert_eq!(value(&seen, "authorization"), Some("Bearer ‹at#1›"));
    assert_eq!(value(&seen, "cookie"), None);
    assert_eq!(value(&seen, "x-forwarded-user"), None);
    assert_eq!(value(&seen, "x-csrf"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_weak_variant_lets_its_header_through() {
    let seen = downstream_headers(&[("bff.proxy.strip_authz", "off")]).await;
    // Nobody minted what the caller brought, so the journal numbers it.
    assert!(value(&seen, "authorization").is_some_and(|value| value.starts_with("Bearer ‹unknown#")), "{seen:?}");
    let seen = downstream_headers(&[("bff.proxy.strip_cookie", "off")]).await;
    assert!(value(&seen, "cookie").is_some_and(|cookie| cookie.contains("‹sid#1›")), "{seen:?}");
}
