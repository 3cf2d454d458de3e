//! The proxy, with an API behind it that tests can look inside; each switch off shows its defect.

mod credentials;
mod headers;
mod paths;
mod streaming;
mod websocket;

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::{get, post};
use axum::{Json, Router};
use hosting::{Authority, Clock, Credentials, Handed, Journal, Listener, Names, Outbound, Running, Timeouts, Wire};
use http::{HeaderMap, Method, Response, header};
use serde_json::json;

use super::agent::{Agent, config, own};
use crate::{Config, Settings};

/// The access token of the session.
pub(super) const TOKEN: &str = "the-access-token-of-alice";

/// What an API was asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    /// Host and path, as in `orders.test/orders/list`.
    pub(super) address: String,
    pub(super) headers: HeaderMap,
}

/// An application with a user, an API behind it that is also served as `evil.test`, and a provider.
pub(super) struct Play {
    pub(super) agent: Agent,
    pub(super) cookie: String,
    pub(super) names: Names,
    asked: Arc<Mutex<Vec<Asked>>>,
    pub(super) provider: Provider,
    _api: Running,
}

impl Play {
    /// Starts it with the common configuration.
    pub(super) async fn new(settings: Settings, api: Router) -> Self {
        Self::with(config(), settings, api, None).await
    }

    /// Starts it with the API and everything else over TLS.
    pub(super) async fn over_https(authority: &Authority, mut config: Config, api: Router) -> Self {
        config.apis[0].base = "https://orders.test/orders".to_owned();
        Self::with(config, Settings::default(), api, Some(authority)).await
    }

    /// Starts it; with an authority, the API is served over TLS.
    pub(super) async fn with(config: Config, settings: Settings, api: Router, authority: Option<&Authority>) -> Self {
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), authority).unwrap();
        Self::on(listener, config, settings, api, authority).await
    }

    /// Starts it with the API behind this listener.
    pub(super) async fn on(
        listener: Listener,
        config: Config,
        settings: Settings,
        api: Router,
        authority: Option<&Authority>,
    ) -> Self {
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let note = asked.clone();
        let api = api.layer(from_fn(move |request: Request, next: Next| {
            note.lock().unwrap_or_else(PoisonError::into_inner).push(Asked::of(&request));
            next.run(request)
        }));
        let names = Names::default();
        let wires = ["orders.test", "evil.test"].map(|name| {
            names.insert(name, listener.address());
            Wire { authority: name.to_owned(), party: "api", router: api.clone() }
        });
        let credentials = Credentials::default();
        let journal = Journal::on(credentials.clone());
        let running = listener.serve(wires.into(), &journal);
        let provider = Provider::start(&names, &settings);
        let outbound = Outbound::new(&names, authority, journal, Timeouts::default());
        let agent = Agent::with(config, settings, Handed { clock: Clock::standing(), credentials, outbound });
        let cookie = begin(&agent, "alice", TOKEN).await;
        Self { agent, cookie, names, asked, provider, _api: running }
    }

    /// Serves the application, and returns a client of it.
    pub(super) fn serve(&self, authority: Option<&Authority>) -> (Outbound, Running) {
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), authority).unwrap();
        self.names.insert("bff.test", listener.address());
        let journal = Journal::on(self.agent.bff.handed.credentials.clone());
        let router = self.agent.router.clone();
        let running = listener.serve(vec![Wire { authority: "bff.test".to_owned(), party: "bff", router }], &journal);
        (Outbound::new(&self.names, authority, journal, Timeouts::default()), running)
    }

    /// Asks as the own page does.
    pub(super) async fn ask(&self, method: &str, path: &str) -> Response<Body> {
        self.agent.ask(own(method, path).header(header::COOKIE, &self.cookie)).await
    }

    /// Returns what the API was asked so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the only thing that the API was asked.
    pub(super) fn asked_once(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked[0].clone()
    }

    /// Ends the user's session.
    pub(super) async fn sign_out(&self) {
        assert_eq!(self.agent.bff.sessions.end_by_sub("alice").await.unwrap(), 1);
    }
}

/// A provider that grants whatever it is asked for, and remembers what that was.
pub(super) struct Provider {
    granted: Arc<Mutex<Vec<String>>>,
    _running: Running,
}

impl Provider {
    fn start(names: &Names, settings: &Settings) -> Self {
        let granted = Arc::<Mutex<Vec<String>>>::default();
        let note = granted.clone();
        let token_type = if settings.token.dpop.is_on() { "DPoP" } else { "Bearer" };
        let metadata = json!({
            "issuer": "http://idp.test", "authorization_endpoint": "http://idp.test/authorize",
            "token_endpoint": "http://idp.test/token", "jwks_uri": "http://idp.test/jwks",
        });
        let token = move |form: String| {
            let mut granted = note.lock().unwrap_or_else(PoisonError::into_inner);
            granted.push(form);
            let access_token = format!("granted-token-{}", granted.len());
            let answer = json!({ "access_token": access_token, "token_type": token_type, "expires_in": 300 });
            std::future::ready(Json(answer))
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(move || std::future::ready(Json(metadata.clone()))))
            .route("/token", post(token));
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), None).unwrap();
        names.insert("idp.test", listener.address());
        let wire = Wire { authority: "idp.test".to_owned(), party: "idp", router };
        let running = listener.serve(vec![wire], &Journal::off(Credentials::default()));
        Self { granted, _running: running }
    }

    /// Returns the forms of the token requests so far.
    pub(super) fn granted(&self) -> Vec<String> {
        self.granted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Asked {
    fn of(request: &Request) -> Self {
        let host = request.uri().authority().map(|authority| authority.as_str().to_owned());
        let host = host.or_else(|| request.headers().get(header::HOST)?.to_str().ok().map(str::to_owned));
        Self {
            method: request.method().clone(),
            address: format!("{}{}", host.unwrap_or_default(), request.uri().path()),
            headers: request.headers().clone(),
        }
    }

    /// Returns a header as text, or nothing.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Begins a session with this access token, and returns its cookie.
pub(super) async fn begin(agent: &Agent, sub: &str, access_token: &str) -> String {
    let now = agent.bff.handed.clock.now_s();
    let session = serde_json::from_value(json!({
        "sub": sub, "username": sub, "name": sub, "sid": null, "scope": "openid accounts",
        "tokens": {
            "access_token": access_token, "access_expires_s": now + 300, "refresh_token": "refresh", "id_token": "id",
        },
        "began_s": now, "used_s": now,
    }));
    let set_cookie = agent.bff.sessions.begin(&HeaderMap::new(), session.unwrap()).await.unwrap();
    set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}
