//! Parallel calls across the end of an access token: one refresh serves them all.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::world::bff;

async fn after_twenty_parallel_calls(changes: &[(&str, &str)]) -> (usize, usize) {
    let stage = bff(changes);
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in");
    stage.advance(Duration::from_secs(301));
    let calls = (0..20).map(|_| {
        let mut user = user.clone();
        async move { user.call(Method::GET, "/api/orders/list", None).await.expect("an answer").status }
    });
    let statuses = futures_util::future::join_all(calls).await;
    let answered = statuses.iter().filter(|status| **status == StatusCode::OK).count();
    let is_refresh =
        |body: &Option<String>| body.as_ref().is_some_and(|body| body.contains("grant_type=refresh_token"));
    let refreshes =
        stage.testbed.journal.exchanges().iter().filter(|exchange| is_refresh(&exchange.request_body)).count();
    stage.end().await;
    (answered, refreshes)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refresh_serves_all_who_wait() {
    assert_eq!(after_twenty_parallel_calls(&[]).await, (20, 1));
}
