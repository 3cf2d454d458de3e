//! What many requests, and several replicas, do to one session: one refresh, one end, and nothing revived.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::future::join_all;
use hosting::{Clock, Credentials, Handed, Journal, Listener, Names, Outbound, Running, Timeouts, Wire};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use tokio::sync::{Semaphore, watch};

use super::agent::{Agent, config, json_of, own, request};
use crate::problem::Problem;
use crate::refresh::Fresh;
use crate::session::Found;
use crate::storage::redis_server::RedisServer;
use crate::{Config, SessionStore, Settings, Switch};

/// A provider that answers refreshes only when it is told to, and counts them.
struct Provider {
    state: Arc<Desk>,
    handed: Handed,
    _running: Running,
}

struct Desk {
    asked: watch::Sender<usize>,
    /// As many refreshes are answered as there are permits.
    gate: Semaphore,
    /// Once so many have asked, all are answered.
    together: usize,
    refuses: bool,
    revoked: Mutex<Vec<String>>,
}

impl Provider {
    /// Starts one that answers when so many have asked.
    fn answering(together: usize) -> Self {
        Self::start(together, false)
    }

    /// Starts one that refuses every refresh token.
    fn refusing() -> Self {
        Self::start(1, true)
    }

    fn start(together: usize, refuses: bool) -> Self {
        let (asked, gate) = (watch::Sender::new(0), Semaphore::new(0));
        let state = Arc::new(Desk { asked, gate, together, refuses, revoked: Mutex::default() });
        let metadata = json!({
            "issuer": "http://idp.test", "authorization_endpoint": "http://idp.test/authorize",
            "token_endpoint": "http://idp.test/token", "jwks_uri": "http://idp.test/jwks",
            "revocation_endpoint": "http://idp.test/revoke",
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(move || async move { Json(metadata) }))
            .route("/token", post(token))
            .route("/revoke", post(revoke))
            .with_state(state.clone());
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), None).unwrap();
        let names = Names::default();
        names.insert("idp.test", listener.address());
        let credentials = Credentials::default();
        let journal = Journal::off(credentials.clone());
        let running = listener.serve(vec![Wire { authority: "idp.test".to_owned(), party: "idp", router }], &journal);
        let outbound = Outbound::new(&names, None, journal, Timeouts::default());
        Self { state, handed: Handed { clock: Clock::standing(), credentials, outbound }, _running: running }
    }

    fn asked(&self) -> usize {
        *self.state.asked.borrow()
    }

    async fn is_asked(&self) {
        let mut asked = self.state.asked.subscribe();
        let first = asked.wait_for(|asked| *asked > 0);
        tokio::time::timeout(Duration::from_secs(5), first).await.expect("it is asked").unwrap();
    }

    fn answer(&self) {
        self.state.gate.add_permits(1_000);
    }

    fn revoked(&self) -> Vec<String> {
        let mut revoked = self.state.revoked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        revoked.sort();
        revoked
    }

    fn agent(&self, config: Config, change: impl FnOnce(&mut Settings)) -> Agent {
        let mut settings = Settings::default();
        change(&mut settings);
        Agent::with(config, settings, self.handed.clone())
    }

    /// Begins a session and lets its access token expire.
    async fn expired(&self, agent: &Agent) -> HeaderMap {
        let cookie = agent.begin("alice", Some("x")).await;
        self.handed.clock.advance(Duration::from_secs(300));
        cookies(&cookie)
    }
}

async fn token(State(desk): State<Arc<Desk>>) -> Response {
    let mut number = 0;
    desk.asked.send_modify(|asked| {
        *asked += 1;
        number = *asked;
    });
    if number >= desk.together {
        desk.gate.add_permits(1_000);
    }
    desk.gate.acquire().await.unwrap().forget();
    if desk.refuses {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    }
    let (access, refresh) = (format!("fresh-{number}"), format!("next-{number}"));
    let tokens = json!({ "access_token": access, "token_type": "Bearer", "expires_in": 300, "refresh_token": refresh });
    Json(tokens).into_response()
}

async fn revoke(State(desk): State<Arc<Desk>>, Form(form): Form<Vec<(String, String)>>) -> StatusCode {
    let tokens = form.into_iter().filter(|(name, _)| name == "token").map(|(_, token)| token);
    desk.revoked.lock().unwrap_or_else(PoisonError::into_inner).extend(tokens);
    StatusCode::OK
}

fn cookies(line: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::from_str(line).unwrap());
    headers
}

async fn found(agent: &Agent, cookie: &HeaderMap) -> Found {
    agent.bff.sessions.find(cookie).await.unwrap()
}

fn access_token(fresh: Result<Fresh, Problem>) -> String {
    fresh.unwrap().tokens.access_token.clone()
}

/// Lets one request ask for fresh tokens.
async fn once(agent: &Agent, cookie: &HeaderMap) -> String {
    let session = found(agent, cookie).await;
    access_token(agent.bff.fresh_tokens(&session).await)
}

/// Lets so many requests ask for fresh tokens at once, and returns what they got.
async fn at_once(agents: &[&Agent], cookie: &HeaderMap, each: usize) -> Vec<String> {
    join_all(agents.iter().flat_map(|agent| (0..each).map(move |_| once(agent, cookie)))).await
}

#[tokio::test]
async fn one_refresh_serves_all_requests() {
    for store in [SessionStore::Memory, SessionStore::SealedCookie] {
        let provider = Provider::answering(1);
        let agent = provider.agent(config(), |settings| settings.session.store = store);
        let cookie = provider.expired(&agent).await;
        assert_eq!(at_once(&[&agent], &cookie, 20).await, vec!["fresh-1"; 20]);
        assert_eq!(provider.asked(), 1, "{store:?}");
    }
}

#[tokio::test]
async fn without_single_flight_all_refresh_with_the_same_token() {
    let provider = Provider::answering(2);
    let agent = provider.agent(config(), |settings| settings.token.single_flight = Switch::Off);
    let cookie = provider.expired(&agent).await;
    at_once(&[&agent], &cookie, 2).await;
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_take_the_new_tokens_with_it() {
    let provider = Provider::answering(usize::MAX);
    let agent = provider.agent(config(), |_| {});
    let cookie = provider.expired(&agent).await;
    let (bff, session) = (agent.bff.clone(), found(&agent, &cookie).await);
    let caller = tokio::spawn(async move { bff.fresh_tokens(&session).await.map(drop) });
    provider.is_asked().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    provider.answer();
    assert_eq!(at_once(&[&agent], &cookie, 1).await, ["fresh-1"]);
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn whoever_signs_out_meanwhile_stays_signed_out_and_the_new_tokens_are_revoked() {
    let provider = Provider::answering(usize::MAX);
    let agent = provider.agent(config(), |_| {});
    let cookie = provider.expired(&agent).await;
    let (bff, session) = (agent.bff.clone(), found(&agent, &cookie).await);
    let key = session.key.clone();
    let caller = tokio::spawn(async move { bff.fresh_tokens(&session).await.map(drop) });
    provider.is_asked().await;
    agent.bff.sessions.end(&key).await.unwrap();
    provider.answer();
    assert_eq!(caller.await.unwrap().unwrap_err().status, StatusCode::UNAUTHORIZED);
    assert!(agent.bff.sessions.find(&cookie).await.is_err());
    assert_eq!(provider.revoked(), ["fresh-1", "next-1"]);
}

#[tokio::test]
async fn the_session_ends_with_its_refresh_token_unless_that_is_switched_off() {
    for (rt_align, lives) in [(Switch::On, false), (Switch::Off, true)] {
        let provider = Provider::refusing();
        let agent = provider.agent(config(), |settings| settings.session.rt_align = rt_align);
        let cookie = provider.expired(&agent).await;
        let refused = agent.bff.fresh_tokens(&found(&agent, &cookie).await).await;
        assert_eq!(refused.err().unwrap().status, StatusCode::UNAUTHORIZED);
        assert_eq!(agent.bff.sessions.find(&cookie).await.is_ok(), lives, "{rt_align:?}");
    }
}

#[tokio::test]
async fn a_token_that_an_api_has_refused_is_replaced_once() {
    let provider = Provider::answering(1);
    let agent = provider.agent(config(), |_| {});
    let cookie = cookies(&agent.begin("alice", None).await);
    let session = found(&agent, &cookie).await;
    assert_eq!(access_token(agent.bff.fresh_tokens(&session).await), "access", "it looks good");
    for _ in 0..2 {
        assert_eq!(access_token(agent.bff.fresher_tokens(&session, "access").await), "fresh-1");
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn without_a_refresh_token_the_session_ends_with_the_access_token_and_not_before() {
    let provider = Provider::answering(1);
    let agent = provider.agent(config(), |_| {});
    let now = provider.handed.clock.now_s();
    let mut session = crate::session::sample("alice", None, now);
    session.tokens.refresh_token = None;
    let set_cookie = agent.bff.sessions.begin(&HeaderMap::new(), session).await.unwrap();
    let cookie = cookies(set_cookie.to_str().unwrap().split(';').next().unwrap());
    let session = found(&agent, &cookie).await;
    assert_eq!(access_token(agent.bff.fresher_tokens(&session, "access").await), "access", "there is no other");
    provider.handed.clock.advance(Duration::from_secs(300));
    assert!(agent.bff.fresh_tokens(&found(&agent, &cookie).await).await.is_err());
    assert!(agent.bff.sessions.find(&cookie).await.is_err());
    assert_eq!(provider.asked(), 0);
}

/// The configuration of a replica.
fn replica(server: &RedisServer) -> Config {
    let mut config = config();
    config.storage.redis = Some(server.address());
    config.storage.key = Some([7; 32]);
    config
}

fn in_redis(settings: &mut Settings) {
    settings.session.store = SessionStore::Redis;
}

#[tokio::test]
async fn one_refresh_serves_two_replicas() {
    let Some(server) = RedisServer::start().await else { return };
    let provider = Provider::answering(1);
    let (here, there) = (provider.agent(replica(&server), in_redis), provider.agent(replica(&server), in_redis));
    let cookie = provider.expired(&here).await;
    assert_eq!(at_once(&[&here, &there], &cookie, 10).await, vec!["fresh-1"; 20]);
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn a_sign_out_at_one_replica_is_one_at_all() {
    let Some(server) = RedisServer::start().await else { return };
    let provider = Provider::answering(1);
    let (here, there) = (provider.agent(replica(&server), in_redis), provider.agent(replica(&server), in_redis));
    let cookie = here.begin("alice", Some("x")).await;
    assert!(here.lives(&cookie).await && there.lives(&cookie).await);
    assert_eq!(there.bff.sessions.end_by_sid("x").await.unwrap(), 1);
    assert!(!here.lives(&cookie).await && !there.lives(&cookie).await);
}

#[tokio::test]
async fn without_redis_everybody_is_refused_with_the_reason_until_it_is_back() {
    let Some(mut server) = RedisServer::start().await else { return };
    let provider = Provider::answering(1);
    let agent = provider.agent(replica(&server), in_redis);
    let cookie = agent.begin("alice", None).await;
    server.stop().await;
    for path in ["/bff/user", "/bff/sessions", "/api/accounts"] {
        let asked = agent.ask(own("GET", path).header(header::COOKIE, &cookie));
        let response = tokio::time::timeout(Duration::from_secs(4), asked).await.expect("it is told in time");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        let detail = json_of(response).await["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("Redis") && detail.contains("start it") && !detail.contains("127.0.0.1"), "{detail}");
    }
    server.start_again().await;
    assert!(agent.lives(&cookie).await, "nobody was signed out by it");
}

#[tokio::test]
async fn a_sign_in_that_began_at_one_replica_ends_at_another() {
    let Some(server) = RedisServer::start().await else { return };
    let provider = Provider::answering(1);
    let (here, there) = (provider.agent(replica(&server), in_redis), provider.agent(replica(&server), in_redis));
    let response = here.ask(request("GET", "/bff/login?return_url=/accounts")).await;
    let led = url::Url::parse(response.headers()[header::LOCATION].to_str().unwrap()).unwrap();
    let state = led.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let set_cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookies(set_cookie.split(';').next().unwrap());
    let taken = there.bff.transactions.take(&cookie, &state).await.unwrap();
    assert_eq!(taken.map(|(transaction, _)| transaction.return_url).as_deref(), Some("/accounts"));
    assert!(here.bff.transactions.take(&cookie, &state).await.unwrap().is_none(), "it ended there");
}
