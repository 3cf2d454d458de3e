//! What a sign-out answers to script: a local one-time address, or, in the weak variant, the ID token of the hint.

use hosting::Kind;
use http::Method;

use crate::world::bff;

async fn id_tokens_answered(changes: &[(&str, &str)]) -> usize {
    let stage = bff(changes);
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in");
    let answer = user.call(Method::POST, "/bff/logout", None).await.expect("an answer");
    let found = stage.testbed.credentials.found_in(&answer.body);
    stage.end().await;
    found.iter().filter(|(kind, _)| *kind == Kind::IdToken).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_id_token_comes_into_scripts_reach() {
    assert_eq!(id_tokens_answered(&[]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_one_time_address_the_hint_is_answered() {
    assert_eq!(id_tokens_answered(&[("bff.logout.one_time_url", "off")]).await, 1);
}
