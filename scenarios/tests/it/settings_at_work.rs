//! What two parties must agree on, at work between real parties: a whole visit under each of its values.

use std::io::Write as _;
use std::process::{Command, Stdio};

use hosting::Exchange;
use http::StatusCode;
use scenarios::stage::Stage;

use crate::visits::{self, IN_PROCESS, PASSED_ON};
use crate::world::{asked, bff, header, spa, tmb};

/// By what a client proves to the provider who it is.
#[derive(Debug, PartialEq, Eq)]
enum Proof {
    Secret,
    Assertion,
    Certificate,
    Nothing,
}

fn proof(stage: &Stage, request: &Exchange) -> Proof {
    let body = request.request_body.as_deref().unwrap_or_default();
    if header(request, "authorization").is_some_and(|value| value.starts_with("Basic ")) {
        Proof::Secret
    } else if body.contains("client_assertion=") {
        Proof::Assertion
    } else if request.host == stage.testbed.origins.mtls.authority() {
        Proof::Certificate
    } else {
        Proof::Nothing
    }
}

/// Returns the requests in which the BFF fetched tokens: for its code, and for a refresh token.
fn token_requests(stage: &Stage) -> Vec<Exchange> {
    let requests = asked(stage, "/token");
    for grant in ["grant_type=authorization_code", "grant_type=refresh_token"] {
        let granted = requests.iter().any(|request| {
            request.status == Some(200) && request.request_body.as_ref().is_some_and(|body| body.contains(grant))
        });
        assert!(granted, "nobody was granted {grant}");
    }
    requests
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_succeeds_with_every_proof_of_the_client() {
    for (method, expected) in [
        ("client-secret-basic", Proof::Secret),
        ("private-key-jwt", Proof::Assertion),
        ("self-signed-tls-client-auth", Proof::Certificate),
        ("none", Proof::Nothing),
    ] {
        let stage = bff(&[("bff.client_auth", method)]);
        visits::at_the_bff(&stage).await;
        for request in token_requests(&stage).iter().chain(&asked(&stage, "/revoke")) {
            assert_eq!(proof(&stage, request), expected, "{method} at {}", request.path);
        }
        stage.end().await;
    }
}

/// Tells whether every authorization request of the browser was pushed before.
fn is_pushed(stage: &Stage) -> bool {
    let pushed = asked(stage, "/par");
    let by_browser = asked(stage, "/authorize");
    assert!(!by_browser.is_empty(), "nobody was led to the provider");
    pushed.iter().any(|request| request.status == Some(201))
        && by_browser
            .iter()
            .all(|request| request.path.contains("request_uri=") && !request.path.contains("redirect_uri="))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_succeeds_with_a_pushed_request() {
    for (par, expected) in [("off", false), ("on", true)] {
        let stage = bff(&[("bff.login.par", par)]);
        visits::at_the_bff(&stage).await;
        assert_eq!(is_pushed(&stage), expected, "bff.login.par = {par}");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_succeeds_under_fapi_2() {
    let stage = bff(&[("wire.profile", "fapi2")]);
    visits::at_the_bff(&stage).await;
    assert!(is_pushed(&stage));
    for request in token_requests(&stage) {
        assert_eq!(proof(&stage, &request), Proof::Assertion);
        assert!(header(&request, "dpop").is_some(), "a token was asked for without a key to bind it to");
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_succeeds_with_tokens_that_are_bound() {
    for (constraint, scheme) in [("none", "Bearer"), ("dpop", "DPoP"), ("certificate", "Bearer")] {
        let stage = bff(&[("wire.sender_constraint", constraint)]);
        visits::at_the_bff(&stage).await;
        let calls = asked(&stage, "/orders/list");
        assert!(!calls.is_empty(), "nothing reached the API");
        for call in calls {
            let authorization = header(&call, "authorization").expect("a credential");
            assert!(authorization.starts_with(&format!("{scheme} ")), "{constraint}: {authorization}");
            assert_eq!(header(&call, "dpop").is_some(), constraint == "dpop", "{constraint}");
        }
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_succeeds_with_signed_access_tokens() {
    let stage = bff(&[("wire.access_token", "jwt")]);
    visits::at_the_bff(&stage).await;
    assert!(asked(&stage, "/introspect").is_empty(), "the API asks nobody about a token that it reads itself");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_access_token_outlives_the_sign_out_of_the_spa() {
    for (form, after) in [("opaque", StatusCode::UNAUTHORIZED), ("jwt", StatusCode::OK)] {
        let stage = spa(&[("wire.access_token", form)]);
        let (mut thief, access_token) = visits::at_the_spa(&stage).await;
        assert_eq!(visits::called(&mut thief, &access_token).await, after, "{form}");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_succeeds_with_the_provider_on_the_applications_site() {
    let changes = [("wire.provider_site", "same-site")];
    let stage = bff(&changes);
    assert!(stage.testbed.origins.idp.host().starts_with("login.app"), "{}", stage.testbed.origins.idp);
    visits::at_the_bff(&stage).await;
    stage.end().await;
    let stage = spa(&changes);
    visits::at_the_spa(&stage).await;
    stage.end().await;
    let stage = tmb(&changes);
    visits::at_the_mediator(&stage).await;
    stage.end().await;
}

/// Plays a visit, and returns how the BFF answers the copy of the cookies after the sign-out.
async fn answers_to_the_thief(changes: &[(&str, &str)]) -> [StatusCode; 2] {
    let stage = bff(changes);
    let mut thief = visits::at_the_bff(&stage).await;
    let answers = [visits::status(&mut thief, IN_PROCESS).await, visits::status(&mut thief, PASSED_ON).await];
    stage.end().await;
    answers
}

const REFUSED: [StatusCode; 2] = [StatusCode::UNAUTHORIZED; 2];

#[tokio::test(flavor = "multi_thread")]
async fn a_session_on_the_server_ends_for_every_copy_of_its_cookie() {
    for store in ["memory", "embedded"] {
        assert_eq!(answers_to_the_thief(&[("bff.session.store", store)]).await, REFUSED, "{store}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_redis_ends_for_every_copy_of_its_cookie() {
    if has_redis() {
        assert_eq!(answers_to_the_thief(&[("bff.session.store", "redis")]).await, REFUSED);
    }
}

/// Tells whether there is a Redis; where there must be one, its absence is left to fail.
fn has_redis() -> bool {
    let mut command = Command::new("redis-server");
    let found = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if found || std::env::var_os("REDIS_REQUIRED").is_some() {
        return true;
    }
    // Not `eprintln!`, which nobody sees of a test that passes.
    let _ = writeln!(std::io::stderr(), "skipped: there is no redis-server (apt-get install redis-server)");
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_sealed_cookie_is_refused_only_where_ends_are_remembered() {
    let sealed = ("bff.session.store", "sealed-cookie");
    assert_eq!(answers_to_the_thief(&[sealed, ("bff.session.revocation_list", "on")]).await, REFUSED);
    // What needs no token goes on; the tokens themselves were revoked.
    assert_eq!(answers_to_the_thief(&[sealed]).await, [StatusCode::OK, StatusCode::UNAUTHORIZED]);
}
