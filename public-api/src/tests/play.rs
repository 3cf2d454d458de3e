//! An API, and a provider that says of tokens what their names say.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hosting::{
    Clock, Credentials, Handed, Issuer, Journal, Listener, Names, Origin, Outbound, Running, Secret, Timeouts, Wire,
};
use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::signer::Signer;
use crate::streams::Pace;
use crate::{Api, Business, Config, IntrospectionClient, Settings, build};

/// The page on the list.
pub(super) const PAGE: &str = "https://spa.app1.test";
/// Where the API is.
pub(super) const API: &str = "https://api.app1.test";
/// Who issues its tokens: one of many at the same host, as foreign providers are.
pub(super) const ISSUER: &str = "http://idp.test/realms/one";

/// What the provider knows, and how often it was asked.
#[derive(Clone)]
pub(super) struct Provider {
    pub(super) asked: Arc<AtomicUsize>,
    pub(super) fetched: Arc<AtomicUsize>,
    pub(super) keys: Arc<Mutex<Vec<Value>>>,
    revoked: Arc<Mutex<HashSet<String>>>,
    failing: Arc<Mutex<HashSet<String>>>,
    clock: Clock,
}

impl Provider {
    pub(super) fn revoke(&self, token: &str) {
        self.revoked.lock().unwrap().insert(token.to_owned());
    }

    /// Has no answer any more when it is asked about this token.
    pub(super) fn fail(&self, token: &str) {
        self.failing.lock().unwrap().insert(token.to_owned());
    }

    /// Publishes these keys and no others.
    pub(super) fn publish(&self, signers: &[&Signer]) {
        *self.keys.lock().unwrap() = signers.iter().map(|signer| signer.published()).collect();
    }
}

async fn metadata() -> Json<Value> {
    let endpoint = |name| format!("http://idp.test/{name}");
    let (introspection, keys) = (endpoint("introspect"), endpoint("jwks"));
    Json(json!({"issuer": ISSUER, "introspection_endpoint": introspection, "jwks_uri": keys}))
}

async fn jwks(State(provider): State<Provider>) -> Json<Value> {
    provider.fetched.fetch_add(1, Ordering::SeqCst);
    Json(json!({"keys": *provider.keys.lock().unwrap()}))
}

async fn introspect(State(provider): State<Provider>, headers: HeaderMap, form: String) -> Response {
    provider.asked.fetch_add(1, Ordering::SeqCst);
    // The id and secret, form-encoded, joined and encoded: `api:s%3Acret`.
    if headers.get("authorization").is_none_or(|value| value != "Basic YXBpOnMlM0FjcmV0") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let token = form.split('&').find_map(|field| field.strip_prefix("token=")).unwrap_or_default();
    if provider.revoked.lock().unwrap().contains(token) {
        return Json(json!({"active": false})).into_response();
    }
    if provider.failing.lock().unwrap().contains(token) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let now = provider.clock.now_s();
    let mut answer = json!({
        "active": true, "iss": ISSUER, "sub": "sub-alice", "username": "alice", "aud": "accounts-api",
        "client_id": "spa", "scope": "openid accounts", "token_type": "Bearer", "exp": now + 300,
    });
    match token {
        "good" | "good-and-long" => {}
        "many-audiences" => answer["aud"] = json!(["other", "accounts-api"]),
        "other-audience" => answer["aud"] = json!("payments-api"),
        "no-audience" => answer["aud"] = Value::Null,
        "other-issuer" => answer["iss"] = json!("http://idp.test/realms/two"),
        "no-issuer" => answer["iss"] = Value::Null,
        "other-scope" => answer["scope"] = json!("openid accounts.read"),
        "expired" => answer["exp"] = json!(now),
        "early" => answer["nbf"] = json!(now + 1),
        "short" => answer["exp"] = json!(now + 10),
        "nobody" => {
            answer["username"] = Value::Null;
            answer["sub"] = Value::Null;
            answer["client_id"] = json!("alice");
        }
        "mac" => answer["token_type"] = json!("mac"),
        "bound-otherwise" => answer["cnf"] = json!({"kid": "1"}),
        "bob" => answer["username"] = json!("bob"),
        "broken" => return "<html>".into_response(),
        "failing" => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "huge" => return vec![b' '; 200_000].into_response(),
        bound => match bound.split_once('-') {
            Some(("dpop", thumbprint)) => {
                answer["cnf"] = json!({"jkt": thumbprint});
                answer["token_type"] = json!("DPoP");
            }
            Some(("cert", thumbprint)) => answer["cnf"] = json!({"x5t#S256": thumbprint}),
            _ => answer = json!({"active": false}),
        },
    }
    Json(answer).into_response()
}

/// A running play.
pub(super) struct Play {
    pub(super) api: Api,
    pub(super) provider: Provider,
    pub(super) clock: Clock,
    pub(super) running: Running,
}

pub(super) fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

pub(super) fn config() -> Config {
    Config {
        name: "api",
        business: Business::Accounts,
        origin: origin(API),
        issuer: Issuer::parse(ISSUER).unwrap(),
        introspection: Some(IntrospectionClient { id: "api".to_owned(), secret: Secret::new("s:cret") }),
        audience: "accounts-api".to_owned(),
        scope: "accounts".to_owned(),
        allowed_origins: vec![origin(PAGE)],
    }
}

/// In more of a hurry than in earnest, where somebody waits.
pub(super) fn pace() -> Pace {
    Pace { look: Duration::from_millis(20), ..Pace::default() }
}

pub(super) fn play_at(config: Config, settings: Settings, pace: Pace) -> Play {
    let clock = Clock::standing();
    let journal = Journal::off(Credentials::default());
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), None).unwrap();
    let names = Names::default();
    names.insert("idp.test", listener.address());
    let provider = Provider {
        asked: Arc::default(),
        fetched: Arc::default(),
        keys: Arc::default(),
        revoked: Arc::default(),
        failing: Arc::default(),
        clock: clock.clone(),
    };
    let router = Router::new()
        .route("/realms/one/.well-known/openid-configuration", get(metadata))
        .route("/jwks", get(jwks))
        .route("/introspect", post(introspect))
        .with_state(provider.clone());
    let running = listener.serve(vec![Wire { authority: "idp.test".to_owned(), party: "idp", router }], &journal);
    let timeouts = Timeouts { connect: Duration::from_secs(1), whole: Duration::from_secs(2) };
    let outbound = Outbound::new(&names, None, journal, timeouts);
    let handed = Handed { clock: clock.clone(), credentials: Credentials::default(), outbound };
    Play { api: build(config, settings, handed, pace).unwrap(), provider, clock, running }
}

pub(super) fn play(settings: Settings) -> Play {
    play_at(config(), settings, pace())
}

pub(super) fn reference() -> Play {
    play(Settings::default())
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Every challenge, in order.
    pub(super) fn challenges(&self) -> Vec<&str> {
        self.headers.get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect()
    }
}

impl Play {
    pub(super) async fn send(&self, request: Builder, body: impl Into<Body>) -> Answer {
        self.send_request(request.body(body.into()).unwrap()).await
    }

    pub(super) async fn send_request(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.api.router.clone().oneshot(request).await.unwrap().into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, text, body }
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Request::get(path).header("authorization", format!("Bearer {token}")), "").await
    }

    pub(super) async fn status(&self, token: &str) -> u16 {
        self.get("/accounts", token).await.status.as_u16()
    }

    pub(super) async fn transfer(&self, token: &str, from: &str, to: &str, amount: u64) -> Answer {
        let body = json!({"from": from, "to": to, "amount": amount}).to_string();
        self.send(Request::post("/transfers").header("authorization", format!("Bearer {token}")), body).await
    }

    pub(super) fn asked(&self) -> usize {
        self.provider.asked.load(Ordering::SeqCst)
    }

    pub(super) fn fetched(&self) -> usize {
        self.provider.fetched.load(Ordering::SeqCst)
    }
}
