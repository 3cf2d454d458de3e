//! Authorization requests that a client pushes itself (RFC 9126).

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use mock_idp::{Settings, Switch};

use crate::agent::{Agent, Answer, CHALLENGE, ISSUER, claims, credentials, redirect_uri};

const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// Opens the authorization endpoint with a reference, and whatever else an attacker adds.
async fn refer(agent: &mut Agent, client_id: &str, request_uri: &str, more: &[(&str, &str)]) -> Answer {
    let mut query = vec![("client_id", client_id), ("request_uri", request_uri)];
    query.extend_from_slice(more);
    agent.get("/authorize", &query).await
}

fn assert_refused_on_a_page(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::BAD_REQUEST, None), "{what}");
}

#[tokio::test]
async fn a_pushed_request_signs_in_like_any_other() {
    let mut agent = Agent::new(Settings::default());
    for client_id in ["bff", "spa"] {
        let pushed = agent.push(client_id, &[]).await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.text);
        assert_eq!(pushed.header(header::CACHE_CONTROL), Some("no-store"));
        assert_eq!(pushed.json()["expires_in"], 60);
        let request_uri = pushed.member("request_uri");
        assert!(request_uri.starts_with(PREFIX) && request_uri.len() >= PREFIX.len() + 22, "{request_uri}");
        let mut answer = refer(&mut agent, client_id, &request_uri, &[]).await;
        if answer.status == StatusCode::OK {
            answer = agent.fill_in(&answer, "alice").await;
        }
        assert_eq!(answer.parameter("state").as_deref(), Some("the-state"));
        assert_eq!(answer.parameter("iss").as_deref(), Some(ISSUER));
        let tokens = agent.redeem(client_id, &answer.parameter("code").unwrap()).await;
        assert_eq!(claims(&tokens.member("id_token"))["nonce"], "the-nonce");
    }
}

#[tokio::test]
async fn a_reference_serves_once() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let request_uri = agent.push("bff", &[]).await.member("request_uri");
    assert!(refer(&mut agent, "bff", &request_uri, &[]).await.parameter("code").is_some());
    assert_refused_on_a_page(&refer(&mut agent, "bff", &request_uri, &[]).await, "used");
}

#[tokio::test]
async fn a_reference_ends_at_its_second() {
    let mut agent = Agent::new(Settings { par_life_s: 90, ..Settings::default() });
    agent.code("bff").await;
    let first = agent.push("bff", &[]).await;
    assert_eq!(first.json()["expires_in"], 90);
    let second = agent.push("bff", &[]).await.member("request_uri");
    agent.handed.clock.advance(Duration::from_secs(89));
    assert!(refer(&mut agent, "bff", &first.member("request_uri"), &[]).await.parameter("code").is_some());
    agent.handed.clock.advance(Duration::from_secs(1));
    assert_refused_on_a_page(&refer(&mut agent, "bff", &second, &[]).await, "expired");
    assert_eq!(agent.control.counts().pushed, 0);
}

#[tokio::test]
async fn a_reference_belongs_to_the_client_that_pushed() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let request_uri = agent.push("bff", &[]).await.member("request_uri");
    assert_refused_on_a_page(&refer(&mut agent, "spa", &request_uri, &[]).await, "another client");
    assert_refused_on_a_page(&agent.get("/authorize", &[("request_uri", &request_uri)]).await, "no client");
    let twice = [("client_id", "spa")];
    assert_refused_on_a_page(&refer(&mut agent, "bff", &request_uri, &twice).await, "two clients");
    assert!(refer(&mut agent, "bff", &request_uri, &[]).await.parameter("code").is_some(), "nobody has used it up");
}

#[tokio::test]
async fn a_forged_reference_leads_nowhere() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let right = agent.push("bff", &[]).await.member("request_uri");
    for forged in
        [PREFIX.to_owned(), format!("{PREFIX}forged"), format!("{right}x"), right[..right.len() - 1].to_owned()]
    {
        assert_refused_on_a_page(&refer(&mut agent, "bff", &forged, &[]).await, &forged);
    }
}

/// Source: RFC 9126 §4 and §7.1 (RFC 9101 §6.3): only the parameters of the pushed request count.
#[tokio::test]
async fn nobody_at_the_browser_can_change_a_pushed_request() {
    let mut agent = Agent::new(Settings::default());
    agent.code("bff").await;
    let pushed = agent.push("bff", &[("scope", "openid accounts")]).await.member("request_uri");
    let changes = [
        ("redirect_uri", "https://evil.test/"),
        ("scope", "openid profile email accounts offline_access"),
        ("state", "another"),
        ("nonce", "another"),
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("prompt", "none"),
        ("code_challenge", "another"),
        ("code_challenge_method", "plain"),
    ];
    let answer = refer(&mut agent, "bff", &pushed, &changes).await;
    assert!(answer.location().as_str().starts_with(&redirect_uri("bff")), "{}", answer.location());
    assert_eq!(answer.parameter("state").as_deref(), Some("the-state"));
    let tokens = agent.redeem("bff", &answer.parameter("code").unwrap()).await.json();
    assert_eq!(tokens["scope"], "openid accounts");
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["nonce"], "the-nonce");
}

#[tokio::test]
async fn where_pushing_is_required_a_plain_request_is_refused() {
    let by_provider = Agent::new(Settings { par: Switch::On, ..Settings::default() });
    let by_client = Agent::new(Settings::default());
    by_client.change_client("bff", |client| client.require_pushed_authorization_requests = true);
    for mut agent in [by_provider, by_client] {
        let answer = agent.authorize("bff", &[]).await;
        assert_eq!(answer.parameter("error").as_deref(), Some("invalid_request"));
        assert!(answer.parameter("error_description").unwrap().contains("push"));
        let request_uri = agent.push("bff", &[]).await.member("request_uri");
        let form = refer(&mut agent, "bff", &request_uri, &[]).await;
        assert!(agent.fill_in(&form, "alice").await.parameter("code").is_some());
    }
}

#[tokio::test]
async fn discovery_says_whether_pushing_is_required() {
    for (par, required) in [(Switch::On, true), (Switch::Off, false)] {
        let mut agent = Agent::new(Settings { par, ..Settings::default() });
        let document = agent.get("/.well-known/openid-configuration", &[]).await.json();
        assert_eq!(document["require_pushed_authorization_requests"], required);
        assert_eq!(document["pushed_authorization_request_endpoint"], format!("{ISSUER}/par"));
    }
}

/// What nobody reads is not kept, and whatever is read is.
#[tokio::test]
async fn every_wish_of_a_pushed_request_counts() {
    let mut agent = Agent::new(Settings::default());
    let id_token = agent.sign_in("bff").await.id;
    let wishes = [
        ("prompt", "login consent"),
        ("max_age", "60"),
        ("acr_values", "1"),
        ("login_hint", "alice"),
        ("id_token_hint", id_token.as_str()),
        ("resource", "accounts-api"),
        ("response_mode", "fragment"),
        ("unknown", "x"),
    ];
    let request_uri = agent.push("bff", &wishes).await.member("request_uri");
    let form = refer(&mut agent, "bff", &request_uri, &[]).await;
    assert_eq!(form.hidden("username"), "alice", "login_hint, after prompt=login");
    let question = agent.fill_in(&form, "alice").await.hidden("question");
    let answer = agent.submit(ISSUER, "/consent", &[("question", &question), ("decision", "allow")]).await;
    let fragment = answer.location().fragment().unwrap_or_default().to_owned();
    assert!(fragment.contains("code=") && fragment.contains("state=the-state"), "{fragment}");
}

/// What is changed, the error, and what its description names.
type BadRequest<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

/// Source: RFC 9126 §2.1 (no `request_uri`) and §2.3 (the codes of RFC 6749 §4.1.2.1 and §5.2).
#[tokio::test]
async fn a_bad_request_is_refused_when_it_is_pushed() {
    let agent = Agent::new(Settings::default());
    let rows: &[BadRequest] = &[
        (&[("redirect_uri", "")], "invalid_request", "address"),
        (&[("redirect_uri", "https://evil.test/")], "invalid_request", "https://evil.test/"),
        (
            &[("redirect_uri", "https://bff.app.test/callback"), ("redirect_uri", "x")],
            "invalid_request",
            "redirect_uri",
        ),
        (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request", "request_uri"),
        (&[("request_uri", "https://app.test/request")], "invalid_request", "request_uri"),
        (&[("request", "e30.e30.e30")], "request_not_supported", ""),
        (&[("response_type", "token")], "unsupported_response_type", "token"),
        (&[("response_type", "")], "invalid_request", "response_type"),
        (&[("response_mode", "pigeon")], "invalid_request", "pigeon"),
        (&[("scope", "admin")], "invalid_scope", "scope"),
        (&[("resource", "payments-api")], "invalid_target", "payments-api"),
        (&[("code_challenge", "")], "invalid_request", "code challenge"),
        (&[("code_challenge_method", "plain")], "invalid_request", "S256"),
        (&[("prompt", "none login")], "invalid_request", "prompt"),
        (&[("max_age", "soon")], "invalid_request", "max_age"),
        (&[("id_token_hint", "e30.e30.e30")], "invalid_request", "id_token_hint"),
        (&[("state", "1"), ("state", "2")], "invalid_request", "state"),
    ];
    for (changes, error, reason) in rows {
        let answer = agent.push("bff", changes).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, *error), "{changes:?}");
        assert!(answer.description().contains(reason), "{changes:?}: {}", answer.description());
        assert_eq!(answer.header(header::CACHE_CONTROL), Some("no-store"), "{changes:?}");
    }
    assert_eq!(agent.control.counts().pushed, 0);
}

#[tokio::test]
async fn only_an_authenticated_client_may_push() {
    let agent = Agent::new(Settings::default());
    let redirect_uri = redirect_uri("bff");
    let request = [("response_type", "code"), ("redirect_uri", &redirect_uri), ("scope", "openid")];
    for who in [vec![], vec![("client_id", "bff")], vec![("client_id", "bff"), ("client_secret", "wrong")]] {
        let mut form = request.to_vec();
        form.extend(who);
        let answer = agent.call("/par", &form).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_client"), "{form:?}");
    }
    agent.change_client("bff", |client| client.grant_types = vec!["client_credentials".to_owned()]);
    let answer = agent.push("bff", &[]).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "unauthorized_client"));
    assert_eq!(agent.control.counts().pushed, 0);
}

/// Source: RFC 9126 §2.3.
#[tokio::test]
async fn other_methods_and_longer_requests_have_their_own_status() {
    let mut agent = Agent::new(Settings::default());
    let request = Request::get("/par").body(Body::empty()).unwrap();
    assert_eq!(agent.send(request).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let long = "x".repeat(64 * 1024);
    let mut form = credentials("bff");
    form.extend([("code_challenge", CHALLENGE), ("state", &long)]);
    assert_eq!(agent.call("/par", &form).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(agent.control.counts().pushed, 0);
}
