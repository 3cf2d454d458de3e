//! What a sign-out answers to script: a local one-time address, or, in the weak variant, the ID token of the hint.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use hosting::{Authority, Kind};
use http::Method;
use scenarios::deployment;
use scenarios::page::Pages;
use scenarios::stage::{Stage, Theatre};
use scenarios::testbed::Scheme;

async fn id_tokens_answered(changes: &[(&str, &str)]) -> usize {
    let theatre = Theatre {
        scheme: Scheme::Tls(Authority::new()),
        pages: Arc::new(Pages::embedded().expect("the page is built")),
        numbers: Arc::new(AtomicUsize::new(0)),
    };
    let bff = deployment::ALL[0].deployment().expect("the reference exists").with(changes.iter().copied());
    let stage = Stage::new(&theatre, &bff.expect("the changes exist"), None).expect("it boots");
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
