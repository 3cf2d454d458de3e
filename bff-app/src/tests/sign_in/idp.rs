//! A provider that signs users in as a test plans it, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hosting::{
    ClientKey, Clock, Credentials, Handed, Journal, Listener, Names, Outbound, Running, Timeouts, Wire, base64url,
    sha256,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// The nonce that a proof must repeat, where the plan demands one.
pub(in crate::tests) const NONCE: &str = "nonce-of-the-provider";

/// A request that the provider got.
#[derive(Clone)]
pub(in crate::tests) struct Asked {
    path: String,
    pub(in crate::tests) headers: HeaderMap,
    pub(in crate::tests) form: Vec<(String, String)>,
}

impl Asked {
    pub(in crate::tests) fn get(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns a header as text.
    pub(in crate::tests) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What the provider does.
pub(in crate::tests) struct Plan {
    /// What stands in the metadata, beside or instead of the necessary members; null takes a member away.
    pub(in crate::tests) metadata: Value,
    /// What stands in ID tokens, beside or instead of what is right; null takes a claim away.
    pub(in crate::tests) claims: Value,
    /// What stands in the header of ID tokens.
    pub(in crate::tests) header: Header,
    /// A whole ID token instead.
    pub(in crate::tests) id_token: Option<String>,
    /// What stands in the answers of the token endpoint, beside or instead of what is right.
    pub(in crate::tests) tokens: Value,
    /// The answers that come first, whatever is asked beside metadata and keys.
    pub(in crate::tests) instead: VecDeque<(u16, Value)>,
    /// Whether a proof must repeat [`NONCE`].
    pub(in crate::tests) demands_nonce: bool,
}

struct State {
    clock: Clock,
    keys: Mutex<Vec<(String, ClientKey)>>,
    plan: Mutex<Plan>,
    asked: Mutex<Vec<Asked>>,
}

/// The provider `http://idp.test`, at which the user is alice.
pub(in crate::tests) struct Idp {
    state: Arc<State>,
    /// What an application is handed that shall reach it.
    pub(in crate::tests) handed: Handed,
    _running: Running,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Idp {
    /// Starts one that does everything right.
    pub(in crate::tests) fn start() -> Self {
        let clock = Clock::standing();
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k".to_owned());
        let plan = Plan {
            metadata: json!({}),
            claims: json!({}),
            header,
            id_token: None,
            tokens: json!({}),
            instead: VecDeque::new(),
            demands_nonce: false,
        };
        let state = Arc::new(State {
            clock: clock.clone(),
            keys: Mutex::new(vec![("k".to_owned(), ClientKey::generate())]),
            plan: Mutex::new(plan),
            asked: Mutex::default(),
        });
        let shared = state.clone();
        let router = Router::new().fallback(move |request: Request| answer(shared.clone(), request));
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), None).unwrap();
        let names = Names::default();
        for host in ["idp.test", "mtls.idp.test"] {
            names.insert(host, listener.address());
        }
        let wire = |authority: &str| Wire { authority: authority.to_owned(), party: "idp", router: router.clone() };
        let credentials = Credentials::default();
        let journal = Journal::off(credentials.clone());
        let running = listener.serve(vec![wire("idp.test"), wire("mtls.idp.test")], &journal);
        let outbound = Outbound::new(&names, None, journal, Timeouts::default());
        Self { state, handed: Handed { clock, credentials, outbound }, _running: running }
    }

    /// Changes what it does from now on.
    pub(in crate::tests) fn plan(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut lock(&self.state.plan));
    }

    /// Signs with a fresh key of this name from now on, and withdraws the old one.
    pub(in crate::tests) fn rotate(&self, kid: &str) {
        *lock(&self.state.keys) = vec![(kid.to_owned(), ClientKey::generate())];
        self.plan(|plan| plan.header.kid = Some(kid.to_owned()));
    }

    /// Publishes a key beside its own.
    pub(in crate::tests) fn publish(&self, kid: &str, key: ClientKey) {
        lock(&self.state.keys).push((kid.to_owned(), key));
    }

    /// Returns the ID token that comes with this access token.
    pub(in crate::tests) fn id_token(&self, access_token: &str) -> String {
        self.state.id_token(access_token)
    }

    /// Returns the public key that signs, as it is published.
    pub(in crate::tests) fn jwk(&self) -> Value {
        lock(&self.state.keys)[0].1.jwk.clone()
    }

    /// Returns the requests to a path, in their order.
    pub(in crate::tests) fn asked(&self, path: &str) -> Vec<Asked> {
        lock(&self.state.asked).iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

impl State {
    fn id_token(&self, access_token: &str) -> String {
        let plan = lock(&self.plan);
        if let Some(id_token) = &plan.id_token {
            return id_token.clone();
        }
        let now = self.clock.now_s();
        let mut claims = json!({
            "iss": "http://idp.test", "aud": "bff", "sub": "sub-of-alice", "preferred_username": "alice", "name": "Alice",
            "iat": now, "exp": now + 300, "auth_time": now, "acr": "1", "sid": "sid-of-alice",
            "at_hash": base64url(&sha256(access_token.as_bytes())[..16]),
        });
        merge(&mut claims, &plan.claims);
        let key = EncodingKey::from_ec_pem(lock(&self.keys)[0].1.pem.expose().as_bytes()).unwrap();
        encode(&plan.header, &claims, &key).unwrap()
    }

    fn metadata(&self) -> Value {
        let mut metadata = json!({
            "issuer": "http://idp.test",
            "authorization_endpoint": "http://idp.test/authorize",
            "token_endpoint": "http://idp.test/token",
            "jwks_uri": "http://idp.test/jwks",
            "revocation_endpoint": "http://idp.test/revoke",
        });
        merge(&mut metadata, &lock(&self.plan).metadata);
        metadata
    }

    fn jwks(&self) -> Value {
        let keys = lock(&self.keys);
        let published = keys.iter().map(|(kid, key)| {
            let mut jwk = key.jwk.clone();
            jwk["kid"] = json!(kid);
            jwk
        });
        json!({ "keys": published.collect::<Vec<_>>() })
    }

    fn tokens(&self, asked: &Asked) -> Value {
        let grant = asked.get("grant_type").unwrap_or_default();
        let access_token = match grant {
            "authorization_code" => "access-token",
            "refresh_token" => "refreshed-token",
            "password" => "technical-token",
            _ => "exchanged-token",
        };
        let token_type = if asked.headers.contains_key("dpop") { "DPoP" } else { "Bearer" };
        let mut tokens = json!({ "access_token": access_token, "token_type": token_type, "expires_in": 300 });
        if grant == "authorization_code" {
            tokens["refresh_token"] = json!("refresh-token");
            tokens["id_token"] = json!(self.id_token(access_token));
        }
        if grant == "refresh_token" {
            tokens["refresh_token"] = json!("next-refresh-token");
        }
        merge(&mut tokens, &lock(&self.plan).tokens);
        tokens
    }
}

/// Puts the members of `more` into a document; null takes one away.
fn merge(document: &mut Value, more: &Value) {
    let members = document.as_object_mut().unwrap();
    for (name, value) in more.as_object().into_iter().flatten() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
}

async fn answer(state: Arc<State>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    let asked = Asked { path: parts.uri.path().to_owned(), headers: parts.headers, form };
    lock(&state.asked).push(asked.clone());
    let path = asked.path.as_str();
    if path.ends_with("/.well-known/openid-configuration") {
        return Json(state.metadata()).into_response();
    }
    if path == "/jwks" {
        return Json(state.jwks()).into_response();
    }
    if lock(&state.plan).demands_nonce && path == "/token" && !repeats_nonce(&asked) {
        let refused = Json(json!({ "error": "use_dpop_nonce" }));
        return (StatusCode::BAD_REQUEST, [("dpop-nonce", NONCE)], refused).into_response();
    }
    let (instead, demands_nonce) = {
        let mut plan = lock(&state.plan);
        (plan.instead.pop_front(), plan.demands_nonce)
    };
    if let Some((status, body)) = instead {
        let mut response = (StatusCode::from_u16(status).unwrap(), Json(body)).into_response();
        if demands_nonce {
            response.headers_mut().insert("dpop-nonce", HeaderValue::from_static(NONCE));
        }
        return response;
    }
    match path {
        "/token" => Json(state.tokens(&asked)).into_response(),
        "/par" => {
            let pushed = json!({ "request_uri": "urn:ietf:params:oauth:request_uri:pushed", "expires_in": 60 });
            (StatusCode::CREATED, Json(pushed)).into_response()
        }
        "/revoke" => StatusCode::OK.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn repeats_nonce(asked: &Asked) -> bool {
    let proof = asked.header("dpop").unwrap_or_default();
    payload(proof)["nonce"] == NONCE
}

/// Returns what stands in a JWT, unverified.
pub(in crate::tests) fn payload(jwt: &str) -> Value {
    part(jwt, 1)
}

/// Returns the header of a JWT, unverified.
pub(in crate::tests) fn header(jwt: &str) -> Value {
    part(jwt, 0)
}

fn part(jwt: &str, n: usize) -> Value {
    let part = jwt.split('.').nth(n).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}
