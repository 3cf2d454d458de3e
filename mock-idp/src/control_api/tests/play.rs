//! A provider with its control API, an application that signs users in, and an API that introspects.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use hosting::{Handed, Origin, Secret};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use url::Url;

use crate::{AuthMethod, Client, Config, Control, Resource, Role, Settings, User};

pub(super) const ISSUER: &str = "https://login.idp.test";
pub(super) const CALLBACK: &str = "https://app.test/callback";
/// The pair of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What the application asks for when somebody signs in.
const AUTHORIZATION_REQUEST: &[(&str, &str)] = &[
    ("client_id", "app"),
    ("redirect_uri", CALLBACK),
    ("response_type", "code"),
    ("scope", "openid profile accounts"),
    ("state", "the-state"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

pub(super) struct Play {
    provider: Router,
    pub(super) api: Router,
    pub(super) control: Control,
}

/// What a program gets of the control API.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) id: String,
}

impl Play {
    pub(super) fn new() -> Self {
        Self::under(Settings::default())
    }

    pub(super) fn under(settings: Settings) -> Self {
        let provider = crate::app(config(), settings, Handed::for_tests());
        let control = provider.control;
        Self { provider: provider.router, api: super::super::router(control.clone()), control }
    }

    /// Asks the control API.
    pub(super) async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = match body {
            None => request.body(Body::empty()),
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
        };
        self.send(request.unwrap()).await
    }

    /// Sends a request to the control API as it is.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let (status, text) = respond(&self.api, request).await;
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {status} {text}"));
        Answer { status, body }
    }

    /// Asks for what must be done.
    pub(super) async fn done(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let Answer { status, body } = self.ask(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{method} {path}: {body}");
        body
    }

    /// Posts a login form, and returns the code that it led to, if any.
    pub(super) async fn code(&self, username: &str, password: &str) -> Option<String> {
        let response = self.log_in(username, password, &[]).await;
        let location = Url::parse(response.headers().get(header::LOCATION)?.to_str().unwrap()).unwrap();
        location.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned())
    }

    /// Posts a login form, and returns what a request with further parameters led to.
    async fn log_in(&self, username: &str, password: &str, more: &[(&str, &str)]) -> Response {
        let query = form(&[AUTHORIZATION_REQUEST, more].concat());
        let request = Request::get(format!("/authorize?{query}")).body(Body::empty()).unwrap();
        let (_, page) = respond(&self.provider, request).await;
        let rest = page.split_once("name=\"transaction\" value=\"").unwrap_or_else(|| panic!("no form: {page}")).1;
        let transaction = rest.split('"').next().unwrap();
        let fields = [("transaction", transaction), ("username", username), ("password", password)];
        let request = posted("/login").header(header::ORIGIN, ISSUER);
        self.provider.clone().oneshot(request.body(Body::from(form(&fields))).unwrap()).await.unwrap()
    }

    /// Leaves something behind wherever something can wait: a logout token that nobody has taken, a login form, a pushed
    /// request, a question for consent, and one before a sign-out.
    pub(super) async fn leave_everything_waiting(&self) {
        self.sign_in().await;
        self.control.end_session_of("alice").await;
        assert_eq!(self.code("alice", "a wrong password").await, None);
        let pushed = self.post("/par", &[AUTHORIZATION_REQUEST, &[("client_secret", "app-secret")]].concat()).await;
        assert_eq!(pushed.0, StatusCode::CREATED, "{}", pushed.1);
        let asked = self.log_in("alice", "alice-password", &[("prompt", "consent")]).await;
        assert_eq!(asked.status(), StatusCode::OK);
        let cookie = asked.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        let request = Request::get("/end_session?client_id=app").header(header::COOKIE, cookie);
        let (_, page) = respond(&self.provider, request.body(Body::empty()).unwrap()).await;
        assert!(page.contains("name=\"confirmation\""), "{page}");
    }

    /// Signs alice in.
    pub(super) async fn sign_in(&self) -> Tokens {
        let code = self.code("alice", "alice-password").await.expect("alice can sign in");
        let (_, text) = self.post("/token", &redeeming(&code)).await;
        let json: Value = serde_json::from_str(&text).unwrap();
        let text = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned();
        Tokens { access: text("access_token"), id: text("id_token") }
    }

    /// Returns what a resource server hears of a token.
    pub(super) async fn introspect(&self, token: &str) -> Value {
        let fields = [("client_id", "api"), ("client_secret", "api-secret"), ("token", token)];
        serde_json::from_str(&self.post("/introspect", &fields).await.1).unwrap()
    }

    pub(super) async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        respond(&self.provider, posted(path).body(Body::from(form(fields))).unwrap()).await
    }
}

async fn respond(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

fn posted(path: &str) -> axum::http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn redeeming(code: &str) -> [(&str, &str); 6] {
    [
        ("client_id", "app"),
        ("client_secret", "app-secret"),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Returns a part of a JWT, unchecked.
pub(super) fn part(jwt: &str, place: usize) -> Value {
    use base64::Engine as _;
    let part = jwt.split('.').nth(place).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Returns the body that registers a user.
pub(super) fn user(sub: &str, username: &str) -> Value {
    json!({"sub": sub, "username": username, "password": "a-new-password", "roles": ["reader"]})
}

/// Returns the body that registers a public client.
pub(super) fn public_client(client_id: &str) -> Value {
    json!({"client_id": client_id, "token_endpoint_auth_method": "none"})
}

fn config() -> Config {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let client = |id: &str| Client {
        token_endpoint_auth_method: AuthMethod::ClientSecretPost,
        scopes: texts(&["openid", "profile", "accounts"]),
        resources: texts(&["accounts-api"]),
        ..Client::confidential(id, Secret::new(format!("{id}-secret")))
    };
    let user =
        |name: &str| User { roles: texts(&["reader"]), ..User::new(name, Secret::new(format!("{name}-password"))) };
    Config {
        issuer: Origin::parse(ISSUER).unwrap(),
        mtls: None,
        role: Role::Honest,
        clients: vec![
            Client {
                redirect_uris: texts(&[CALLBACK]),
                // Nobody is there, so what is told is undelivered at once.
                backchannel_logout_uri: Some("https://app.test/backchannel-logout".to_owned()),
                ..client("app")
            },
            Client { may_introspect: true, ..client("api") },
        ],
        users: vec![user("alice"), user("bob")],
        resources: vec![Resource::new("accounts-api")],
    }
}
