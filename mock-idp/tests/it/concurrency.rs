//! Many at once: nobody ever gets what is another's, and what works once works once.

use std::collections::HashSet;
use std::sync::Arc;

use axum::http::StatusCode;
use hosting::{Credentials, Handed, Origin, Secret};
use mock_idp::{Role, Settings, User};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::agent::{ASSERTION_TYPE, Agent, Answer, DpopKey, ISSUER, Tokens, at, claims, config, credentials, standing};

const USERS: usize = 50;
const ROUNDS: usize = 20;
/// How many present the same thing at once.
const MANY: usize = 20;

fn provider(issuer: &str, role: Role) -> Agent {
    let user = |n: usize| User::new(&format!("user-{n}"), Secret::new(format!("user-{n}-password")));
    let mut config = config();
    config.issuer = Origin::parse(issuer).unwrap();
    config.role = role;
    config.users = (0..USERS).map(user).collect();
    Agent::configured(config, Settings::default(), Handed { credentials: Credentials::off(), ..standing() })
}

/// What a round has left: whose it is, and everything in it that must be unlike everything else.
struct Left {
    issuer: String,
    username: String,
    client_id: &'static str,
    /// What is still worth something.
    alive: Option<(String, String)>,
    credentials: Vec<String>,
}

async fn exchange(agent: &Agent, subject_token: &str) -> Answer {
    let mut form = credentials("gateway");
    form.extend([
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", subject_token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ]);
    agent.call("/token", &form).await
}

/// Checks that a token is one user's and one client's, and nothing at the other provider.
async fn assert_owned(agent: &Agent, other: &Agent, left: &Left) {
    let Some((access, exchanged)) = &left.alive else { return };
    let sub = format!("sub-{}", left.username);
    for (api, token, client_id) in [("api", access, left.client_id), ("orders", exchanged, "gateway")] {
        let known = agent.introspect_as(api, token).await;
        assert_eq!(known["active"], true, "{known}");
        assert_eq!((known["sub"].as_str(), known["client_id"].as_str()), (Some(sub.as_str()), Some(client_id)));
        assert_eq!((known["username"].as_str(), known["iss"].as_str()), (Some(&*left.username), Some(&*left.issuer)));
        assert_eq!(other.introspect_as(api, token).await["active"], false, "another provider knows it");
    }
}

/// Signs a user in with a fresh browser, refreshes, exchanges and, every other time, revokes.
async fn play(agent: &Agent, other: &Agent, username: &str, round: usize) -> Left {
    let client_id = if round % 4 < 2 { "bff" } else { "spa" };
    let mut browser = agent.stranger();
    let form = browser.authorize(client_id, &[]).await;
    let code = browser.fill_in(&form, username).await.parameter("code").unwrap();
    let first = Tokens::of(&agent.redeem(client_id, &code).await);
    let second = Tokens::of(&agent.refresh(client_id, &first.refresh).await);
    let exchanged = exchange(agent, &second.access).await.member("access_token");
    let id_token = claims(&second.id);
    let sid = id_token["sid"].as_str().unwrap().to_owned();
    assert_eq!((id_token["iss"].as_str(), id_token["aud"].as_str()), (Some(agent.issuer.as_str()), Some(client_id)));
    assert_eq!(id_token["sub"].as_str(), Some(format!("sub-{username}").as_str()));
    let mut left = Left {
        issuer: agent.issuer.clone(),
        username: username.to_owned(),
        client_id,
        alive: Some((second.access.clone(), exchanged.clone())),
        credentials: vec![code, sid, first.access, first.refresh, first.id, second.id, second.access, exchanged],
    };
    assert_owned(agent, other, &left).await;
    if round.is_multiple_of(2) {
        assert_eq!(agent.revoke(client_id, &second.refresh).await.status, StatusCode::OK);
        let (access, exchanged) = left.alive.take().unwrap();
        assert!(!agent.is_active(&access).await);
        assert_eq!(agent.introspect_as("orders", &exchanged).await["active"], false);
    }
    left.credentials.push(second.refresh);
    left.credentials.extend(browser.cookies.into_values());
    left
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_users_get_at_once_is_each_ones_own() {
    let providers = [provider(ISSUER, Role::Honest), provider("https://login.other.test", Role::Hostile)];
    let mut tasks = JoinSet::new();
    for n in 0..USERS {
        let providers = providers.clone();
        tasks.spawn(async move {
            let username = format!("user-{n}");
            let mut all = Vec::new();
            for round in 0..ROUNDS {
                // Users change places, so that both providers are busy with both clients all the time.
                let [agent, other] = &providers;
                let (agent, other) = if (n + round / 4) % 2 == 0 { (agent, other) } else { (other, agent) };
                all.push(play(agent, other, &username, round).await);
            }
            all
        });
    }
    let all: Vec<Left> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(all.len(), USERS * ROUNDS);
    let mut seen = HashSet::new();
    for credential in all.iter().flat_map(|left| &left.credentials) {
        assert!(seen.insert(credential), "issued twice: {credential}");
    }
    let [one, two] = &providers;
    for left in &all {
        let (agent, other) = if left.issuer == one.issuer { (one, two) } else { (two, one) };
        assert_owned(agent, other, left).await;
    }
    for agent in &providers {
        assert!(agent.control.sessions().iter().all(|session| session.clients.len() == 1), "nobody shares a session");
    }
}

/// Lets many do the same at once, and returns what each of them got.
async fn at_once<F>(task: impl Fn() -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let start = Arc::new(Barrier::new(MANY));
    let mut tasks = JoinSet::new();
    for _ in 0..MANY {
        let (task, start) = (task(), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            task.await
        });
    }
    tasks.join_all().await
}

fn succeeded(answers: &[Answer]) -> Vec<&Answer> {
    answers.iter().filter(|answer| answer.status.is_success() || answer.status.is_redirection()).collect()
}

/// Source: RFC 6749 §4.1.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_many_present_at_once_is_redeemed_at_most_once() {
    let mut agent = Agent::new(Settings::default());
    let code = agent.code("bff").await;
    let answers = at_once(|| {
        let (agent, code) = (agent.clone(), code.clone());
        async move { agent.redeem("bff", &code).await }
    })
    .await;
    assert_eq!(succeeded(&answers).len(), 1, "redeemed {} times", succeeded(&answers).len());
    for tokens in succeeded(&answers).into_iter().map(Tokens::of) {
        assert!(!agent.is_active(&tokens.access).await, "the code came back, so its tokens are revoked");
        assert_eq!(agent.refresh("bff", &tokens.refresh).await.error(), "invalid_grant");
    }
}

/// Source: RFC 9700 §4.14.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_many_present_at_once_works_at_most_once() {
    let mut agent = Agent::new(Settings::default());
    let first = agent.sign_in("spa").await;
    let answers = at_once(|| {
        let (agent, refresh_token) = (agent.clone(), first.refresh.clone());
        async move { agent.refresh("spa", &refresh_token).await }
    })
    .await;
    assert_eq!(succeeded(&answers).len(), 1, "used {} times", succeeded(&answers).len());
    for tokens in succeeded(&answers).into_iter().map(Tokens::of) {
        assert!(!agent.is_active(&tokens.access).await, "the family has ended");
        assert_eq!(agent.refresh("spa", &tokens.refresh).await.error(), "invalid_grant");
    }
    assert!(!agent.is_active(&first.access).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_ticket_that_many_present_at_once_works_once() {
    let mut agent = Agent::new(Settings::default());
    let transaction = agent.authorize("bff", &[]).await.hidden("transaction");
    let signed_in = at_once(|| {
        let (mut agent, transaction) = (agent.stranger(), transaction.clone());
        async move {
            let form = [("transaction", transaction.as_str()), ("username", "alice"), ("password", "alice-password")];
            agent.submit(ISSUER, "/login", &form).await
        }
    })
    .await;
    assert_eq!(succeeded(&signed_in).len(), 1, "login form");

    agent.code("bff").await;
    let request_uri = agent.push("bff", &[]).await.member("request_uri");
    let referred = at_once(|| {
        let (mut agent, request_uri) = (agent.clone(), request_uri.clone());
        async move { agent.get("/authorize", &[("client_id", "bff"), ("request_uri", &request_uri)]).await }
    })
    .await;
    assert_eq!(succeeded(&referred).len(), 1, "pushed request");

    let question = agent.authorize("bff", &[("prompt", "consent")]).await.hidden("question");
    let allowed = at_once(|| {
        let (mut agent, question) = (agent.clone(), question.clone());
        async move { agent.submit(ISSUER, "/consent", &[("question", &question), ("decision", "allow")]).await }
    })
    .await;
    assert_eq!(succeeded(&allowed).len(), 1, "question");
}

/// Source: RFC 7523 §3, item 7 (`jti`), RFC 9449 §11.1.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assertion_and_a_proof_that_many_present_at_once_count_once() {
    let agent = Agent::new(Settings::default());
    let key = DpopKey::generate();
    let (now_s, nonce) = (agent.control.now_s(), agent.nonce().await);
    let proof = key.proof("POST", &at("/token"), Some(&nonce), None, now_s);
    let bound = at_once(|| {
        let (agent, proof) = (agent.clone(), proof.clone());
        async move {
            let mut form = credentials("bff");
            form.push(("grant_type", "client_credentials"));
            agent.call_with("/token", &form, &[("dpop", &proof)]).await
        }
    })
    .await;
    assert_eq!(succeeded(&bound).len(), 1, "proof");

    agent.change_client("bff", |client| {
        client.token_endpoint_auth_method = mock_idp::AuthMethod::PrivateKeyJwt;
        client.jwks = Some(serde_json::json!({"keys": [key.jwk()]}));
    });
    let assertion = key.assertion("bff", now_s);
    let asserted = at_once(|| {
        let (agent, assertion) = (agent.clone(), assertion.clone());
        async move {
            let form =
                [("token", "x"), ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.as_str())];
            agent.call("/revoke", &form).await
        }
    })
    .await;
    assert_eq!(succeeded(&asserted).len(), 1, "assertion");
}
