//! Money moves only after a fresh sign-in with a second factor (`bff.login.step_up`, RFC 9470).

use std::time::Duration;

use hosting::Secret;
use http::{Method, StatusCode, header};
use mock_idp::User;
use scenarios::actors::bff_user::BffUser;
use scenarios::actors::form::Form;
use scenarios::actors::user_agent::Answer;
use scenarios::stage::Stage;
use scenarios::testbed::PASSWORD;
use url::Url;

use crate::visits::{self, IN_PROCESS};
use crate::world::bff;

const ONE_TIME_CODE: &str = "271828";

/// Gives alice a second factor, which no user of the testbed has.
async fn alice_has_a_second_factor(stage: &Stage) {
    let mut users = stage.testbed.provider.users().into_iter();
    let alice = users.find(|user| user.username == "alice").expect("alice is registered");
    stage.testbed.provider.put_user(User { one_time_code: Some(Secret::new(ONE_TIME_CODE)), ..alice }).await;
}

/// Goes where the challenge leads, and fills in both factors.
async fn signs_in_with_both(stage: &Stage, user: &mut BffUser) {
    let login = format!("{}/bff/login?return_url=/&acr_values=2&max_age=300", stage.testbed.origins.app);
    let page = user.agent.navigate(Url::parse(&login).expect("an address")).await.expect("a page");
    assert_eq!(page.url.origin().ascii_serialization(), stage.testbed.origins.idp.as_str(), "one factor is not enough");
    let mut form = Form::first_in(&page.body).expect("the provider asks again");
    for (name, value) in [("username", "alice"), ("password", PASSWORD), ("one_time_code", ONE_TIME_CODE)] {
        form.fill(name, value);
    }
    let url = page.url.join(&form.action).expect("an address");
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("origin", stage.testbed.origins.idp.as_str())];
    let answer = user.agent.send(Method::POST, url, &headers, Some(form.encoded())).await.expect("an answer");
    user.agent.navigate(answer.location().expect("the provider leads back")).await.expect("the page again");
}

async fn transfer(user: &mut BffUser) -> Answer {
    let order = r#"{"from":"alice-current","to":"bob-current","amount":1}"#;
    user.call(Method::POST, "/api/transfers", Some(order)).await.expect("an answer")
}

/// Tells whether an answer asks for a stronger sign-in, and says which.
fn is_challenge(answer: &Answer) -> bool {
    let challenge = answer.headers.get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    let parts = ["error=\"insufficient_user_authentication\"", "acr_values=\"2\"", "max_age=\"300\""];
    answer.status == StatusCode::UNAUTHORIZED
        && challenge.is_some_and(|challenge| parts.iter().all(|part| challenge.contains(part)))
}

#[tokio::test(flavor = "multi_thread")]
async fn money_moves_after_a_second_factor_and_not_long_after() {
    let stage = bff(&[("bff.login.step_up", "on")]);
    alice_has_a_second_factor(&stage).await;
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in with her password");
    assert!(is_challenge(&transfer(&mut user).await));
    assert_eq!(visits::status(&mut user, IN_PROCESS).await, StatusCode::OK, "the session stands");
    signs_in_with_both(&stage, &mut user).await;
    assert_eq!(transfer(&mut user).await.status, StatusCode::OK);
    stage.advance(Duration::from_secs(301));
    assert!(is_challenge(&transfer(&mut user).await), "that was too long ago");
    assert_eq!((stage.testbed.transfers)(), 1);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_switch_a_password_moves_money() {
    let stage = bff(&[]);
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in with her password");
    assert_eq!(transfer(&mut user).await.status, StatusCode::OK);
    assert_eq!((stage.testbed.transfers)(), 1);
    stage.end().await;
}
