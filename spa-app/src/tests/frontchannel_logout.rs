//! What the provider frames at a sign-out.

use http::{Request, StatusCode};

use super::{ask, config, get, get_with, with};
use crate::Settings;

const ASKED: &str = "/frontchannel-logout?iss=https%3A%2F%2Flogin.idp1.test&sid=s1";

#[tokio::test]
async fn the_issuer_may_frame_it_and_nobody_else() {
    for path in ["/frontchannel-logout", ASKED] {
        let answer = get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.policy().ends_with("; frame-ancestors https://login.idp1.test"), "{}", answer.policy());
        assert!(answer.policy().contains("script-src 'self'") && !answer.policy().contains("connect-src"));
        // RFC 7034 cannot name one foreign origin, and DENY would shut the issuer out too.
        assert_eq!(answer.header("x-frame-options"), "");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.body.contains("/assets/frontchannel-logout.js"));
        assert!(!answer.body.contains("s1"), "nothing of the address comes back");
    }
    let script = get("/assets/frontchannel-logout.js").await;
    assert!(script.body.contains("BroadcastChannel") && script.body.contains("localStorage"));
}

#[tokio::test]
async fn refuses_a_sign_out_that_names_another_issuer() {
    for query in ["iss=https%3A%2F%2Fevil1.test&sid=s1", "sid=s1", "iss=https%3A%2F%2Flogin.idp1.test"] {
        let answer = get(&format!("/frontchannel-logout?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{query}");
    }
}

#[tokio::test]
async fn without_the_switch_there_is_no_such_page() {
    assert_eq!(get_with(with("fcl", "off"), ASKED).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get_with(with("fcl", "off"), "/assets/frontchannel-logout.js").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_the_framing_switch_everybody_may_frame_it() {
    assert!(!get_with(with("frame", "off"), ASKED).await.policy().contains("frame-ancestors"));
}

#[tokio::test]
async fn what_the_page_is_told_cannot_end_its_element() {
    let mut config = config();
    config.client_id = "</script><script>alert(1)</script>".to_owned();
    let answer = ask(config, Settings::default(), Request::get("/frontchannel-logout")).await;
    assert!(!answer.body.contains("alert(1)</script>"), "{}", answer.body);
    assert!(answer.body.contains(r"\u003c/script>"), "{}", answer.body);
}
