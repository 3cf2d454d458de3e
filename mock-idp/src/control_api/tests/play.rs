//! A provider with its control API, an application that signs users in, and an API that introspects.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use hosting::{Handed, Origin, Secret};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use url::Url;

use crate::{AuthMethod, Client, Config, Resource, Role, Settings, User};

pub(super) const ISSUER: &str = "https://login.idp.test";
pub(super) const CALLBACK: &str = "https://app.test/callback";
/// The pair of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(super) struct Play {
    provider: Router,
    pub(super) api: Router,
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
        let provider = crate::app(config(), Settings::default(), Handed::for_tests());
        Self { provider: provider.router, api: super::super::router(provider.control) }
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
        let query = form(&[
            ("client_id", "app"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile accounts"),
            ("state", "the-state"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let request = Request::get(format!("/authorize?{query}")).body(Body::empty()).unwrap();
        let (_, page) = respond(&self.provider, request).await;
        let rest = page.split_once("name=\"transaction\" value=\"").unwrap_or_else(|| panic!("no form: {page}")).1;
        let transaction = rest.split('"').next().unwrap();
        let fields = [("transaction", transaction), ("username", username), ("password", password)];
        let request = posted("/login").header(header::ORIGIN, ISSUER);
        let response = self.provider.clone().oneshot(request.body(Body::from(form(&fields))).unwrap()).await.unwrap();
        let location = Url::parse(response.headers().get(header::LOCATION)?.to_str().unwrap()).unwrap();
        location.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned())
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
