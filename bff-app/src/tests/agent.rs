//! What the tests of every area share: a configuration, the requests of the own page, and a browser with a session.

use axum::Router;
use axum::body::Body;
use hosting::{Clock, Handed, Issuer, Origin, Secret};
use http::{Method, Request, Response, header, request};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::session::Session;
use crate::{Api, Config, Page, Registration, Route, Settings, Shared, Storage};

/// Returns a configuration that is complete for the reference; change what the test is about.
pub(crate) fn config() -> Config {
    let everything = Route { methods: vec![Method::GET, Method::POST], path: "**".to_owned() };
    Config {
        origin: Origin::parse("https://bff.test").unwrap(),
        issuer: Issuer::parse("http://idp.test").unwrap(),
        client: Registration {
            id: "bff".to_owned(),
            secret: Some(Secret::new("secret")),
            key: None,
            certificate: None,
        },
        scope: "openid profile accounts offline_access".to_owned(),
        apis: vec![Api {
            name: "orders".to_owned(),
            base: "http://orders.test/orders".to_owned(),
            audience: None,
            routes: vec![everything],
        }],
        technical_user: None,
        public_api: None,
        storage: Storage::default(),
        page: Page {
            script: "page()".to_owned(),
            style: "body{}".to_owned(),
            worker: None,
            manifest: None,
            icon: None,
            implant: None,
            settings: json!({}),
        },
    }
}

/// Returns what a server is handed: a clock that stands still until it is moved, and no names to reach.
pub(crate) fn handed() -> Handed {
    Handed { clock: Clock::standing(), ..Handed::for_tests() }
}

/// Asks a fresh application one question.
pub(crate) async fn ask(settings: Settings, request: request::Builder) -> Response<Body> {
    let bff = crate::app(config(), settings, handed()).expect("the configuration is complete");
    bff.router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

/// Begins a request that carries nothing but itself.
pub(crate) fn request(method: &str, path: &str) -> request::Builder {
    Request::builder().method(method).uri(path)
}

/// Begins a request as the own page sends it.
pub(crate) fn own(method: &str, path: &str) -> request::Builder {
    let request = request(method, path).header("x-csrf", "1").header("sec-fetch-site", "same-origin");
    if method == "GET" { request } else { request.header(header::ORIGIN, "https://bff.test") }
}

/// Reads a body to its end.
pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Reads a body as JSON.
pub(crate) async fn json_of(response: Response<Body>) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

/// A running application, and what only a test may look at.
pub(crate) struct Agent {
    pub(crate) bff: Shared,
    pub(crate) router: Router,
}

impl Agent {
    /// Starts an application with the common configuration.
    pub(crate) fn new(settings: Settings) -> Self {
        Self::with(config(), settings, handed())
    }

    /// Starts an application.
    pub(crate) fn with(config: Config, settings: Settings, handed: Handed) -> Self {
        let bff = crate::shared(config, settings, handed).expect("the configuration is complete");
        Self { router: crate::endpoints::router(bff.clone()), bff }
    }

    /// Begins a session and returns the cookie that opens it, as `name=value`.
    pub(crate) async fn begin(&self, sub: &str, sid: Option<&str>) -> String {
        let session = self.session(sub, sid);
        let set_cookie = self.bff.sessions.begin(&http::HeaderMap::new(), session).await.unwrap();
        set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    /// Asks.
    pub(crate) async fn ask(&self, request: request::Builder) -> Response<Body> {
        self.send(request, "").await
    }

    /// Asks with a body.
    pub(crate) async fn send(&self, request: request::Builder, body: &str) -> Response<Body> {
        let body = if body.is_empty() { Body::empty() } else { Body::from(body.to_owned()) };
        self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap()
    }

    /// Tells whether a cookie still opens a session.
    pub(crate) async fn lives(&self, cookie: &str) -> bool {
        self.ask(own("GET", "/bff/user").header(header::COOKIE, cookie)).await.status() == 200
    }

    fn session(&self, sub: &str, sid: Option<&str>) -> Session {
        let now = self.bff.handed.clock.now_s();
        serde_json::from_value(json!({
            "sub": sub, "username": sub, "name": sub, "sid": sid, "scope": "openid accounts",
            "tokens": {
                "access_token": "access", "access_expires_s": now + 300, "refresh_token": "refresh",
                "id_token": "id.token.hint",
            },
            "began_s": now, "used_s": now,
        }))
        .expect("a session is plain data")
    }
}
