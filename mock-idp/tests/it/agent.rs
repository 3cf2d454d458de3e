//! A browser with a small jar of cookies and a client's back end, in front of one provider.
//!
//! The clock stands still until a test moves it, so that no life depends on whether the machine's second ticks over.

mod answer;
mod dpop_key;
mod registered;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, StatusCode, header};
use hosting::{ClientCertificate, Clock, Handed};
use http_body_util::BodyExt as _;
use mock_idp::{Client, Config, Control, Counts, Provider, Settings, User};
use serde_json::Value;
use tower::ServiceExt as _;

pub(crate) use answer::{Answer, Tokens, claims};
pub(crate) use dpop_key::{ASSERTION_TYPE, DpopKey, assertion_claims};
pub(crate) use registered::{BFF, ISSUER, SPA, client, config, credentials, redirect_uri};

/// The pair of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const SCOPE: &str = "openid profile email accounts offline_access";

#[derive(Clone)]
pub(crate) struct Agent {
    pub(crate) router: Router,
    pub(crate) control: Control,
    pub(crate) handed: Handed,
    /// Who the provider is.
    pub(crate) issuer: String,
    /// The cookies of the provider, by name.
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Agent {
    pub(crate) fn new(settings: Settings) -> Self {
        Self::handed(settings, standing())
    }

    pub(crate) fn handed(settings: Settings, handed: Handed) -> Self {
        Self::configured(config(), settings, handed)
    }

    pub(crate) fn configured(config: Config, settings: Settings, handed: Handed) -> Self {
        let issuer = config.issuer.to_string();
        let Provider { router, control, .. } = mock_idp::app(config, settings, handed.clone());
        Self { router, control, handed, issuer, cookies: BTreeMap::new() }
    }

    /// Another browser in front of the same provider.
    pub(crate) fn stranger(&self) -> Self {
        Self { cookies: BTreeMap::new(), ..self.clone() }
    }

    pub(crate) fn session_cookie(&self) -> Option<&str> {
        self.cookies.iter().find(|(name, _)| name.ends_with("idp-session")).map(|(_, value)| value.as_str())
    }

    /// Changes how a client is registered.
    pub(crate) fn change_client(&self, id: &str, change: impl FnOnce(&mut Client)) {
        let mut client = self.control.clients().into_iter().find(|client| client.id == id).unwrap();
        change(&mut client);
        self.control.put_client(client).unwrap();
    }

    /// Changes who a user is.
    pub(crate) async fn change_user(&self, username: &str, change: impl FnOnce(&mut User)) {
        let mut user = self.control.users().into_iter().find(|user| user.username == username).unwrap();
        change(&mut user);
        self.control.put_user(user).await;
    }

    /// Counts what could be worth something: sessions, codes, grants, access tokens, refresh tokens.
    pub(crate) fn issued(&self) -> [usize; 5] {
        let Counts { sessions, codes, grants, access_tokens, refresh_tokens, .. } = self.control.counts();
        [sessions, codes, grants, access_tokens, refresh_tokens]
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    fn keep(&mut self, set_cookie: &str) {
        let (name, value) = set_cookie.split(';').next().unwrap().split_once('=').unwrap();
        if value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(crate) fn with_cookies(&self, request: Builder) -> Builder {
        if self.cookies.is_empty() {
            return request;
        }
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header(header::COOKIE, pairs.join("; "))
    }

    pub(crate) async fn get(&mut self, path: &str, query: &[(&str, &str)]) -> Answer {
        self.visit(&format!("{path}?{}", encode(query))).await
    }

    /// Opens an address of the provider, path and query as they are.
    pub(crate) async fn visit(&mut self, target: &str) -> Answer {
        self.send(self.with_cookies(Request::get(target)).body(Body::empty()).unwrap()).await
    }

    /// Posts a form as a browser does, from a page of this origin.
    pub(crate) async fn submit(&mut self, origin: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.with_cookies(Request::post(path)).header(header::ORIGIN, origin);
        self.send(as_form(request, form)).await
    }

    /// Posts a form as a client's back end does: without the browser's cookies.
    pub(crate) async fn call(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.call_with(path, form, &[]).await
    }

    /// The same, with further header lines.
    pub(crate) async fn call_with(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        self.stranger().send(as_form(with_headers(Request::post(path), headers), form)).await
    }

    /// The same, on a connection whose client has proven to hold this certificate.
    pub(crate) async fn call_over(&self, certificate: &ClientCertificate, path: &str, form: &[(&str, &str)]) -> Answer {
        self.stranger().send(as_form(Request::post(path).extension(certificate.clone()), form)).await
    }

    /// Asks who the user is, as whoever sends these header lines.
    pub(crate) async fn userinfo(&self, headers: &[(&str, &str)]) -> Answer {
        let request = with_headers(Request::get("/userinfo"), headers).body(Body::empty()).unwrap();
        self.stranger().send(request).await
    }

    /// Asks for a code; what is given here replaces, and an empty value takes away.
    pub(crate) async fn authorize(&mut self, client_id: &str, changes: &[(&str, &str)]) -> Answer {
        let redirect_uri = redirect_uri(client_id);
        self.get("/authorize", &authorization_request(client_id, &redirect_uri, changes)).await
    }

    /// Pushes a request for a code.
    pub(crate) async fn push(&self, client_id: &str, changes: &[(&str, &str)]) -> Answer {
        let redirect_uri = redirect_uri(client_id);
        let mut form = authorization_request(client_id, &redirect_uri, changes);
        form.extend(credentials(client_id).into_iter().filter(|(name, _)| *name != "client_id"));
        self.call("/par", &form).await
    }

    pub(crate) async fn fill_in(&mut self, form: &Answer, username: &str) -> Answer {
        let transaction = form.hidden("transaction");
        let password = format!("{username}-password");
        let fields = [("transaction", transaction.as_str()), ("username", username), ("password", &password)];
        let own_page = self.issuer.clone();
        self.submit(&own_page, "/login", &fields).await
    }

    /// Signs in and returns the code.
    pub(crate) async fn code(&mut self, client_id: &str) -> String {
        self.code_for(client_id, &[]).await
    }

    /// The same, with a changed request.
    pub(crate) async fn code_for(&mut self, client_id: &str, changes: &[(&str, &str)]) -> String {
        let mut answer = self.authorize(client_id, changes).await;
        if answer.status == StatusCode::OK {
            answer = self.fill_in(&answer, "alice").await;
        }
        answer.parameter("code").unwrap_or_else(|| panic!("no code in {}", answer.location()))
    }

    pub(crate) async fn redeem(&self, client_id: &str, code: &str) -> Answer {
        let redirect_uri = redirect_uri(client_id);
        let mut form = credentials(client_id);
        form.extend(code_grant(code, &redirect_uri));
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
        self.introspect_as("api", token).await
    }

    /// Asks as another client than the API of the accounts.
    pub(crate) async fn introspect_as(&self, client_id: &str, token: &str) -> Value {
        let mut form = credentials(client_id);
        form.push(("token", token));
        self.call("/introspect", &form).await.json()
    }

    pub(crate) async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }

    /// Returns the nonce that the next proof is to repeat (RFC 9449 §8).
    pub(crate) async fn nonce(&self) -> String {
        let proof = DpopKey::generate().proof("POST", &at("/token"), None, None, self.control.now_s());
        let mut form = credentials("bff");
        form.push(("grant_type", "client_credentials"));
        let answer = self.call_with("/token", &form, &[("dpop", &proof)]).await;
        answer.header("dpop-nonce").unwrap().to_owned()
    }

    /// Asks the token endpoint with a proof of possession of this key.
    pub(crate) async fn call_bound(&self, key: &DpopKey, form: &[(&str, &str)]) -> Answer {
        let nonce = self.nonce().await;
        let proof = key.proof("POST", &at("/token"), Some(&nonce), None, self.control.now_s());
        self.call_with("/token", form, &[("dpop", &proof)]).await
    }
}

/// Makes what a provider is handed in a test, with a clock that stands still.
pub(crate) fn standing() -> Handed {
    Handed { clock: Clock::standing(), ..Handed::for_tests() }
}

/// Returns the address of an endpoint.
pub(crate) fn at(path: &str) -> String {
    format!("{ISSUER}{path}")
}

/// The parameters of an authorization request; what is given here replaces, and an empty value takes away.
pub(crate) fn authorization_request<'a>(
    client_id: &'a str,
    redirect_uri: &'a str,
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut query = vec![
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("scope", SCOPE),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    query.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    query.extend_from_slice(changes);
    query
}

/// What a code is exchanged with, apart from the client's authentication.
pub(crate) fn code_grant<'a>(code: &'a str, redirect_uri: &'a str) -> [(&'a str, &'a str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri), ("code_verifier", VERIFIER)]
}

fn with_headers(mut request: Builder, headers: &[(&str, &str)]) -> Builder {
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

pub(crate) fn as_form(request: Builder, form: &[(&str, &str)]) -> Request<Body> {
    let content_type = "application/x-www-form-urlencoded";
    request.header(header::CONTENT_TYPE, content_type).body(Body::from(encode(form))).unwrap()
}

pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
