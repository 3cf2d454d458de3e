//! A browser with one cookie and a client's back end, in front of one provider.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use hosting::{Handed, Origin, Secret};
use http_body_util::BodyExt as _;
use mock_idp::{Client, ClientKind, Config, Control, Provider, Settings, User};
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;

pub(crate) const ISSUER: &str = "https://login.idp.test";
pub(crate) const BFF: &str = "https://bff.app.test";
pub(crate) const SPA: &str = "https://spa.app.test";
/// The pair of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const SCOPE: &str = "openid profile email accounts offline_access";

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text))
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn location(&self) -> Url {
        let location = self.header(header::LOCATION);
        Url::parse(location.unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.text))).unwrap()
    }

    /// A parameter of the address to which the browser is sent.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.location().query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.text)).1;
        rest.split('"').next().unwrap().to_owned()
    }
}

#[derive(Clone)]
pub(crate) struct Agent {
    pub(crate) router: Router,
    pub(crate) control: Control,
    pub(crate) handed: Handed,
    pub(crate) cookie: Option<String>,
}

impl Agent {
    pub(crate) fn new(settings: Settings) -> Self {
        Self::handed(settings, Handed::for_tests())
    }

    pub(crate) fn handed(settings: Settings, handed: Handed) -> Self {
        let Provider { router, control } = mock_idp::app(config(), settings, handed.clone());
        Self { router, control, handed, cookie: None }
    }

    pub(crate) fn stranger(&self) -> Self {
        Self { cookie: None, ..self.clone() }
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn get(&mut self, path: &str, query: &[(&str, &str)]) -> Answer {
        let request = Request::get(format!("{path}?{}", encode(query)));
        self.send(self.with_cookie(request).body(Body::empty()).unwrap()).await
    }

    /// Posts a form as a browser does, from a page of this origin.
    pub(crate) async fn submit(&mut self, origin: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.with_cookie(Request::post(path)).header(header::ORIGIN, origin);
        self.send(as_form(request, form)).await
    }

    fn with_cookie(&self, request: axum::http::request::Builder) -> axum::http::request::Builder {
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    /// Posts a form as a client's back end does: without the browser's cookie.
    pub(crate) async fn call(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.stranger().send(as_form(Request::post(path), form)).await
    }

    /// Asks for a code; what is given here replaces, and an empty value takes away.
    pub(crate) async fn authorize(&mut self, client_id: &str, changes: &[(&str, &str)]) -> Answer {
        let redirect_uri = redirect_uri(client_id);
        let mut query = vec![
            ("client_id", client_id),
            ("redirect_uri", &redirect_uri),
            ("response_type", "code"),
            ("scope", SCOPE),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        query.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        query.extend_from_slice(changes);
        self.get("/authorize", &query).await
    }

    pub(crate) async fn fill_in(&mut self, form: &Answer, username: &str) -> Answer {
        let transaction = form.hidden("transaction");
        let password = format!("{username}-password");
        let fields = [("transaction", transaction.as_str()), ("username", username), ("password", &password)];
        self.submit(ISSUER, "/login", &fields).await
    }

    /// Signs in and returns the code.
    pub(crate) async fn code(&mut self, client_id: &str) -> String {
        let mut answer = self.authorize(client_id, &[]).await;
        if answer.status == StatusCode::OK {
            answer = self.fill_in(&answer, "alice").await;
        }
        answer.parameter("code").unwrap_or_else(|| panic!("no code in {}", answer.location()))
    }

    pub(crate) async fn redeem(&self, client_id: &str, code: &str) -> Answer {
        let redirect_uri = redirect_uri(client_id);
        let mut form = credentials(client_id);
        form.extend([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", VERIFIER),
        ]);
        self.call("/token", &form).await
    }

    /// Signs in and returns the tokens.
    pub(crate) async fn sign_in(&mut self, client_id: &str) -> Tokens {
        let code = self.code(client_id).await;
        Tokens::of(&self.redeem(client_id, &code).await)
    }

    pub(crate) async fn refresh(&self, client_id: &str, refresh_token: &str) -> Answer {
        let mut form = credentials(client_id);
        form.extend([("grant_type", "refresh_token"), ("refresh_token", refresh_token)]);
        self.call("/token", &form).await
    }

    pub(crate) async fn revoke(&self, client_id: &str, token: &str) -> Answer {
        let mut form = credentials(client_id);
        form.push(("token", token));
        self.call("/revoke", &form).await
    }

    pub(crate) async fn introspect(&self, token: &str) -> Value {
        let mut form = credentials("api");
        form.push(("token", token));
        self.call("/introspect", &form).await.json()
    }

    pub(crate) async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }
}

#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) id: String,
}

impl Tokens {
    pub(crate) fn of(answer: &Answer) -> Self {
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), id: text("id_token") }
    }
}

pub(crate) fn redirect_uri(client_id: &str) -> String {
    format!("{}/callback", if client_id == "spa" { SPA } else { BFF })
}

pub(crate) fn credentials(client_id: &str) -> Vec<(&str, &str)> {
    match client_id {
        "bff" => vec![("client_id", "bff"), ("client_secret", "bff-secret")],
        "api" => vec![("client_id", "api"), ("client_secret", "api-secret")],
        other => vec![("client_id", other)],
    }
}

pub(crate) fn as_form(request: axum::http::request::Builder, form: &[(&str, &str)]) -> Request<Body> {
    let content_type = "application/x-www-form-urlencoded";
    request.header(header::CONTENT_TYPE, content_type).body(Body::from(encode(form))).unwrap()
}

pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The claims of a JWT, unchecked.
pub(crate) fn claims(jwt: &str) -> Value {
    use base64::Engine as _;
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn config() -> Config {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let scopes = texts(&["openid", "profile", "email", "accounts", "offline_access"]);
    let client = |id: &str, kind, secret: Option<&str>, origin: &str| Client {
        id: id.to_owned(),
        kind,
        secret: secret.map(Secret::new),
        redirect_uris: vec![format!("{origin}/callback")],
        post_logout_redirect_uris: vec![format!("{origin}/")],
        backchannel_logout_uri: None,
        allowed_origins: Vec::new(),
        audience: "accounts-api".to_owned(),
        scopes: scopes.clone(),
    };
    let bff = client("bff", ClientKind::Confidential, Some("bff-secret"), BFF);
    let spa = client("spa", ClientKind::Public, None, SPA);
    let api = client("api", ClientKind::ResourceServer, Some("api-secret"), "https://api.app.test");
    let user = |username: &str| User {
        sub: format!("sub-{username}"),
        username: username.to_owned(),
        password: Secret::new(format!("{username}-password")),
        name: username.to_uppercase(),
        email: format!("{username}@mail.test"),
    };
    Config {
        issuer: Origin::parse(ISSUER).unwrap(),
        clients: vec![
            // Plain http, because the tests' listener speaks it.
            Client { backchannel_logout_uri: Some("http://bff.app.test/backchannel-logout".to_owned()), ..bff },
            Client {
                allowed_origins: vec![SPA.to_owned()],
                backchannel_logout_uri: Some("http://spa.app.test/backchannel-logout".to_owned()),
                ..spa
            },
            api,
        ],
        users: vec![user("alice"), user("bob")],
    }
}
