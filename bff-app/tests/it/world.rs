//! What is around the application: a provider that rotates refresh tokens, an API behind it, and users with browsers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bff_app::{Api, Bff, Config, Page, Registration, Route, Settings, Storage};
use hosting::{
    ClientKey, Clock, Credentials, Handed, Issuer, Journal, Listener, Names, Origin, Outbound, Running, Secret,
    Timeouts, Wire, random_token,
};
use http::{HeaderMap, Method, Request, StatusCode, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use url::Url;

/// How long an access token is good, in seconds.
pub(crate) const ACCESS_S: u64 = 300;

/// The provider and the API, which share their books.
pub(crate) struct World {
    books: Arc<Books>,
    handed: Handed,
    _running: Running,
}

struct Books {
    key: ClientKey,
    clock: Clock,
    grants: Mutex<Grants>,
}

#[derive(Default)]
struct Grants {
    /// User and nonce by code.
    codes: HashMap<String, (String, String)>,
    /// User and end by access token.
    access: HashMap<String, (String, u64)>,
    /// The user by the refresh token that is good; a rotated one is good for nothing.
    refresh: HashMap<String, String>,
    refreshes: usize,
    refused: usize,
}

impl World {
    /// Starts both.
    pub(crate) fn start() -> Self {
        let clock = Clock::standing();
        let books = Arc::new(Books { key: ClientKey::generate(), clock: clock.clone(), grants: Mutex::default() });
        let provider = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .with_state(books.clone());
        let api = Router::new().route("/whoami", get(whoami)).with_state(books.clone());
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), None).expect("a loopback port is free");
        let names = Names::default();
        for host in ["idp.test", "orders.test"] {
            names.insert(host, listener.address());
        }
        let wire = |authority: &str, party, router| Wire { authority: authority.to_owned(), party, router };
        let credentials = Credentials::off();
        let journal = Journal::off(credentials.clone());
        let wires = vec![wire("idp.test", "idp", provider), wire("orders.test", "orders", api)];
        let running = listener.serve(wires, &journal);
        let outbound = Outbound::new(&names, None, journal, Timeouts::default());
        Self { books, handed: Handed { clock, credentials, outbound }, _running: running }
    }

    /// Starts an application that reaches both.
    pub(crate) fn application(&self, settings: &Settings, storage: Storage) -> Application {
        let bff = bff_app::app(config(storage), settings.clone(), self.handed.clone());
        Application(bff.expect("the configuration is complete"))
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.handed.clock
    }

    /// Counts the refreshes that were granted, and those that were refused.
    pub(crate) fn refreshes(&self) -> (usize, usize) {
        let grants = self.books.grants();
        (grants.refreshes, grants.refused)
    }

    /// Lets a user sign in.
    pub(crate) async fn sign_in(&self, application: &Application, user: &str) -> Browser {
        let login = application.get("/bff/login", "").await;
        let url = Url::parse(text_of(&login, &header::LOCATION)).expect("it leads to the provider");
        let asked = |name: &str| {
            let (_, value) = url.query_pairs().find(|(known, _)| known == name).expect("it is there");
            value.into_owned()
        };
        let code = random_token();
        self.books.grants().codes.insert(code.clone(), (user.to_owned(), asked("nonce")));
        let transaction = pair_of(text_of(&login, &header::SET_COOKIE));
        let callback = format!("/bff/callback?code={code}&state={}", asked("state"));
        let answer = application.get(&callback, transaction).await;
        let cookies = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let session = cookies.map(pair_of).find(|pair| pair.starts_with("__Host-Http-session="));
        Browser { user: user.to_owned(), cookie: session.expect("the user is signed in").to_owned() }
    }
}

fn text_of<'a>(answer: &'a Response, name: &header::HeaderName) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_else(|| panic!("{name} is there"))
}

/// Returns name and value of a `Set-Cookie` line.
fn pair_of(line: &str) -> &str {
    line.split(';').next().unwrap_or_default()
}

fn config(storage: Storage) -> Config {
    Config {
        origin: Origin::parse("https://bff.test").expect("an origin"),
        issuer: Issuer::parse("http://idp.test").expect("an issuer"),
        client: Registration {
            id: "bff".to_owned(),
            secret: Some(Secret::new("secret")),
            key: None,
            certificate: None,
        },
        scope: "openid offline_access".to_owned(),
        apis: vec![Api {
            name: "orders".to_owned(),
            base: "http://orders.test".to_owned(),
            audience: None,
            routes: vec![Route { methods: vec![Method::GET], path: "**".to_owned() }],
        }],
        technical_user: None,
        public_api: None,
        storage,
        page: Page {
            script: String::new(),
            style: String::new(),
            worker: None,
            manifest: None,
            icon: None,
            implant: None,
            settings: json!({}),
        },
    }
}

/// A running application.
pub(crate) struct Application(Bff);

impl Application {
    async fn get(&self, path: &str, cookie: &str) -> Response {
        let request = Request::get(path)
            .header(header::COOKIE, cookie)
            .header("x-csrf", "1")
            .header("sec-fetch-site", "same-origin")
            .body(Body::empty());
        let answer = self.0.router.clone().oneshot(request.expect("a request")).await;
        answer.unwrap_or_else(|never| match never {})
    }
}

/// A browser of a user who is signed in.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) user: String,
    cookie: String,
}

impl Browser {
    /// Asks the API behind the application who its user is, and returns status and answer.
    pub(crate) async fn whoami(&self, application: &Application) -> (StatusCode, String) {
        let answer = application.get("/api/orders/whoami", &self.cookie).await;
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 64 * 1024).await.expect("a body");
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// Asks the application itself.
    pub(crate) async fn is_signed_in(&self, application: &Application) -> bool {
        application.get("/bff/user", &self.cookie).await.status() == StatusCode::OK
    }
}

impl Books {
    fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id_token(&self, user: &str, nonce: &str) -> String {
        let now = self.clock.now_s();
        let claims = json!({
            "iss": "http://idp.test", "aud": "bff", "sub": user, "preferred_username": user, "nonce": nonce,
            "iat": now, "exp": now + 60, "sid": format!("sid-of-{user}"),
        });
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k".to_owned());
        let key = EncodingKey::from_ec_pem(self.key.pem.expose().as_bytes()).expect("a key");
        encode(&header, &claims, &key).expect("it can be signed")
    }

    fn issue(&self, user: &str) -> Value {
        let (access, refresh) = (random_token(), random_token());
        let mut grants = self.grants();
        grants.access.insert(access.clone(), (user.to_owned(), self.clock.now_s() + ACCESS_S));
        grants.refresh.insert(refresh.clone(), user.to_owned());
        json!({ "access_token": access, "token_type": "Bearer", "expires_in": ACCESS_S, "refresh_token": refresh })
    }
}

async fn metadata() -> Json<Value> {
    Json(json!({
        "issuer": "http://idp.test",
        "authorization_endpoint": "http://idp.test/authorize",
        "token_endpoint": "http://idp.test/token",
        "jwks_uri": "http://idp.test/jwks",
    }))
}

async fn jwks(State(books): State<Arc<Books>>) -> Json<Value> {
    let mut jwk = books.key.jwk.clone();
    (jwk["kid"], jwk["alg"], jwk["use"]) = (json!("k"), json!("ES256"), json!("sig"));
    Json(json!({ "keys": [jwk] }))
}

async fn token(State(books): State<Arc<Books>>, Form(form): Form<HashMap<String, String>>) -> Response {
    if let Some(code) = form.get("code") {
        let Some((user, nonce)) = books.grants().codes.remove(code) else { return refused() };
        let mut tokens = books.issue(&user);
        tokens["id_token"] = json!(books.id_token(&user, &nonce));
        return Json(tokens).into_response();
    }
    let user = {
        let mut grants = books.grants();
        let user = form.get("refresh_token").and_then(|token| grants.refresh.remove(token));
        let count = if user.is_some() { &mut grants.refreshes } else { &mut grants.refused };
        *count += 1;
        user
    };
    user.map_or_else(refused, |user| Json(books.issue(&user)).into_response())
}

fn refused() -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response()
}

async fn whoami(State(books): State<Arc<Books>>, headers: HeaderMap) -> Response {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let grants = books.grants();
    match grants.access.get(token).filter(|(_, until_s)| books.clock.now_s() < *until_s) {
        Some((user, _)) => user.clone().into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}
