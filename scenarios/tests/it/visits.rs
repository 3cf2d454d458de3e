//! A whole visit over plain HTTP: a sign-in, business calls, the end of an access token, and a sign-out.

use std::time::Duration;

use http::{Method, StatusCode};
use scenarios::actors::bff_user::BffUser;
use scenarios::actors::spa_user::SpaUser;
use scenarios::stage::Stage;

/// Longer than an access token lives, and a signed one with the leeway that it is given.
const LIFE_OF_A_TOKEN: Duration = Duration::from_secs(331);

/// Served by the BFF itself.
pub(crate) const IN_PROCESS: &str = "/api/accounts";

/// Passed on to the API behind it.
pub(crate) const PASSED_ON: &str = "/api/orders/list";

/// Visits the BFF, and returns a thief who copied the cookies just before the sign-out.
pub(crate) async fn at_the_bff(stage: &Stage) -> BffUser {
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in");
    assert_eq!(status(&mut user, IN_PROCESS).await, StatusCode::OK);
    assert_eq!(status(&mut user, PASSED_ON).await, StatusCode::OK);
    stage.advance(LIFE_OF_A_TOKEN);
    assert_eq!(status(&mut user, PASSED_ON).await, StatusCode::OK, "with another access token");
    let thief = user.clone();
    user.sign_out().await.expect("alice signs out");
    assert_eq!(status(&mut user, IN_PROCESS).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&mut user, PASSED_ON).await, StatusCode::UNAUTHORIZED);
    thief
}

/// Returns how the BFF answers a call.
pub(crate) async fn status(user: &mut BffUser, path: &str) -> StatusCode {
    user.call(Method::GET, path, None).await.expect("an answer").status
}

/// Visits the SPA, and returns who copied the last access token just before the sign-out.
pub(crate) async fn at_the_spa(stage: &Stage) -> (SpaUser, String) {
    let mut user = stage.spa_user();
    let first = user.sign_in("alice").await.expect("alice signs in");
    assert_eq!(called(&mut user, &first.access_token).await, StatusCode::OK);
    stage.advance(LIFE_OF_A_TOKEN);
    assert_eq!(called(&mut user, &first.access_token).await, StatusCode::UNAUTHORIZED, "it has ended");
    let refreshed = user.refresh(&first.refresh_token).await.expect("an answer");
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
    let next = refreshed.json().expect("JSON");
    let token = |name: &str| next[name].as_str().expect("a token").to_owned();
    let (access_token, refresh_token) = (token("access_token"), token("refresh_token"));
    assert_eq!(called(&mut user, &access_token).await, StatusCode::OK);
    user.sign_out().await.expect("alice signs out");
    let refused = user.refresh(&refresh_token).await.expect("an answer");
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "the refresh token ends with the sign-in");
    (user, access_token)
}

/// Visits the token-mediating backend, whose page calls the API with the token that it is handed.
pub(crate) async fn at_the_mediator(stage: &Stage) {
    let mut user = stage.bff_user();
    user.sign_in("alice").await.expect("alice signs in");
    let mut page = stage.spa_user();
    let first = handed_out(&mut user).await.expect("a token");
    assert_eq!(called(&mut page, &first).await, StatusCode::OK);
    stage.advance(LIFE_OF_A_TOKEN);
    assert_eq!(called(&mut page, &first).await, StatusCode::UNAUTHORIZED, "it has ended");
    let second = handed_out(&mut user).await.expect("a token");
    assert_eq!(called(&mut page, &second).await, StatusCode::OK);
    user.sign_out().await.expect("alice signs out");
    assert_eq!(handed_out(&mut user).await, None);
    assert_eq!(called(&mut page, &second).await, StatusCode::UNAUTHORIZED, "what was handed out ends with the session");
}

/// Returns the access token that the backend hands to its page.
pub(crate) async fn handed_out(user: &mut BffUser) -> Option<String> {
    user.handed_out().await.expect("an answer")
}

/// Returns how the public API answers the page.
pub(crate) async fn called(page: &mut SpaUser, access_token: &str) -> StatusCode {
    page.call(Method::GET, "/accounts", access_token).await.expect("an answer").status
}
