//! Asks the router.

mod assets;
mod bad_input;
mod frontchannel_logout;
mod headers;
mod page;
mod pwa;
mod settings_json;
mod silent_callback;
mod switches;

use axum::body::Body;
use hosting::{Handed, Issuer, Origin};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::{Config, Page, Settings, app};

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

fn config() -> Config {
    Config {
        origin: origin("https://spa.app1.test"),
        issuer: Issuer::parse("https://login.idp1.test").unwrap(),
        issuer_origins: Vec::new(),
        api: origin("https://api.app1.test"),
        client_id: "spa".to_owned(),
        scope: "openid profile accounts offline_access".to_owned(),
        resource: None,
        page: Page {
            script: "script".to_owned(),
            style: "style".to_owned(),
            worker: Some("worker".to_owned()),
            service_worker: Some("service worker".to_owned()),
            manifest: Some("{}".to_owned()),
            ..Page::default()
        },
    }
}

/// The reference with one change, as `--set` makes it.
fn with(name: &str, value: &str) -> Settings {
    serde_json::from_value(serde_json::json!({ name: value })).unwrap()
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn policy(&self) -> &str {
        self.header("content-security-policy")
    }
}

async fn ask(config: Config, settings: Settings, request: http::request::Builder) -> Answer {
    let router = app(config, settings, Handed::for_tests());
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

async fn get_with(settings: Settings, path: &str) -> Answer {
    ask(config(), settings, Request::get(path)).await
}

async fn get(path: &str) -> Answer {
    get_with(Settings::default(), path).await
}
