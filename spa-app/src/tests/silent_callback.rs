//! Where a hidden frame comes back to.

use http::StatusCode;

use super::{get, get_with, with};

const ANSWER: &str = "/silent-callback?code=abc&state=def&iss=https%3A%2F%2Flogin.idp1.test";

#[tokio::test]
async fn the_page_itself_may_frame_it_and_nobody_else() {
    for (name, value) in [("renewal", "hidden-frame"), ("monitor", "on")] {
        let answer = get_with(with(name, value), ANSWER).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        assert!(answer.policy().ends_with("; frame-ancestors 'self'"), "{}", answer.policy());
        assert_eq!(answer.header("x-frame-options"), "SAMEORIGIN");
        assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("no-store", "no-referrer"));
        assert!(!answer.policy().contains("connect-src"), "it calls nobody: {}", answer.policy());
        assert!(!answer.body.contains("abc"), "nothing of the address comes back");
        let script = get_with(with(name, value), "/assets/silent-callback.js").await;
        assert!(script.body.contains("location.origin"), "the answer is for this origin alone");
    }
}

#[tokio::test]
async fn where_no_frame_is_used_there_is_none_to_come_back_to() {
    assert_eq!(get(ANSWER).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get("/assets/silent-callback.js").await.status, StatusCode::NOT_FOUND);
}
