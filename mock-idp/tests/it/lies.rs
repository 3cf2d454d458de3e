//! Every lie on the wire: what it says that an honest provider would not, to whom, and how often.

mod authorization_response;
mod dpop;
mod front_channel;
mod id_token;
mod introspection;
mod logout_token;
mod metadata;
mod revocation;
mod token_response;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mock_idp::{ArmedLie, IdTokenLie, Lie, Settings, Times, TokenResponseLie};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::agent::Agent;

/// Where lies lead to.
const EVIL: &str = "https://evil.example";

/// Makes a provider that tells a lie to one client, or to whoever asks, once.
fn lying(lie: Lie, client_id: Option<&str>) -> Agent {
    let agent = Agent::new(Settings::default());
    arm(&agent, lie, client_id, Times::Once);
    agent
}

fn arm(agent: &Agent, lie: Lie, client_id: Option<&str>, times: Times) {
    agent.control.arm(ArmedLie { lie, client_id: client_id.map(str::to_owned), times });
}

/// Sends a request and returns the answer with its body unread.
async fn respond(agent: &Agent, request: Request<Body>) -> Response {
    agent.router.clone().oneshot(request).await.unwrap()
}

/// Tells whether something is still going on after a moment; it is what “never” means to a test.
async fn is_pending(future: impl Future) -> bool {
    tokio::time::timeout(Duration::from_millis(50), future).await.is_err()
}

/// Returns the bytes of one part of a JWT.
fn part(jwt: &str, place: usize) -> Vec<u8> {
    jwt.split('.').nth(place).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default()
}

/// Returns the header of a JWT, or null where there is none.
fn header(jwt: &str) -> Value {
    serde_json::from_slice(&part(jwt, 0)).unwrap_or_default()
}

fn alg(jwt: &str) -> String {
    header(jwt)["alg"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_lie_is_told_once() {
    let mut agent = lying(Lie::IdToken(IdTokenLie::AlgNone), Some("bff"));
    assert_eq!(alg(&agent.sign_in("bff").await.id), "none");
    assert_eq!(alg(&agent.sign_in("bff").await.id), "ES256");
    assert_eq!(agent.control.armed(), []);
}

#[tokio::test]
async fn a_lie_is_told_until_it_is_disarmed() {
    let mut agent = Agent::new(Settings::default());
    arm(&agent, Lie::IdToken(IdTokenLie::AlgNone), Some("bff"), Times::UntilDisarmed);
    for _ in 0..3 {
        assert_eq!(alg(&agent.sign_in("bff").await.id), "none");
    }
    agent.control.disarm_all();
    assert_eq!(alg(&agent.sign_in("bff").await.id), "ES256");
}

#[tokio::test]
async fn a_lie_for_one_client_is_not_told_to_another() {
    let mut agent = lying(Lie::IdToken(IdTokenLie::AlgNone), Some("bff"));
    assert_eq!(alg(&agent.sign_in("spa").await.id), "ES256");
    assert_eq!(alg(&agent.sign_in("bff").await.id), "none");
}

#[tokio::test]
async fn a_lie_for_nobody_in_particular_is_told_to_whoever_comes_first() {
    let mut agent = lying(Lie::IdToken(IdTokenLie::AlgNone), None);
    assert_eq!(alg(&agent.sign_in("spa").await.id), "none");
    assert_eq!(alg(&agent.sign_in("bff").await.id), "ES256");
}

#[tokio::test]
async fn lies_of_two_groups_are_told_at_one_occasion() {
    let mut agent = lying(Lie::IdToken(IdTokenLie::AlgNone), Some("bff"));
    arm(&agent, Lie::TokenResponse(TokenResponseLie::TokenTypeWrong), Some("bff"), Times::Once);
    let code = agent.code("bff").await;
    let answer = agent.redeem("bff", &code).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["token_type"], "mac");
    assert_eq!(alg(answer.json()["id_token"].as_str().unwrap()), "none");
}
