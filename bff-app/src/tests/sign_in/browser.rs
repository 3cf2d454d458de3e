//! A browser that goes through a sign-in, and keeps cookies as browsers do.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::json;
use url::Url;

use super::idp::Idp;
use crate::session::Found;
use crate::tests::agent::{Agent, config, request};
use crate::{Config, Settings};

/// A browser that goes through a sign-in.
pub(super) struct Browser {
    pub(super) agent: Agent,
    /// What it sends as `Cookie`.
    pub(super) cookies: String,
}

/// Where a browser was led, and with what it comes back.
pub(super) struct Led {
    pub(super) url: Url,
    /// The parameters of the authorization request.
    pub(super) parameters: Vec<(String, String)>,
}

impl Led {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Browser {
    pub(super) fn new(idp: &Idp, settings: Settings) -> Self {
        Self::with(idp, config(), settings)
    }

    pub(super) fn with(idp: &Idp, config: Config, settings: Settings) -> Self {
        Self { agent: Agent::with(config, settings, idp.handed.clone()), cookies: String::new() }
    }

    /// Takes the cookies of an answer; an empty one is forgotten.
    fn take_cookies(&mut self, response: &Response<Body>) {
        for line in response.headers().get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap().trim();
            let (name, value) = pair.split_once('=').unwrap();
            let others = self.cookies.split("; ").filter(|known| !known.is_empty());
            let mut kept: Vec<&str> = others.filter(|known| known.split('=').next() != Some(name)).collect();
            if !value.is_empty() {
                kept.push(pair);
            }
            self.cookies = kept.join("; ");
        }
    }

    pub(super) async fn get(&mut self, path: &str) -> Response<Body> {
        let response = self.agent.ask(request("GET", path).header(header::COOKIE, &self.cookies)).await;
        self.take_cookies(&response);
        response
    }

    /// Begins a sign-in.
    pub(super) async fn begin(&mut self, query: &str) -> Led {
        let response = self.get(&format!("/bff/login?{query}")).await;
        let url = Url::parse(&location(&response)).unwrap();
        Led { parameters: url.query_pairs().into_owned().collect(), url }
    }

    /// Lets the provider answer with a code, and comes back.
    pub(super) async fn come_back(&mut self, idp: &Idp, led: &Led) -> String {
        if let Some(nonce) = led.get("nonce") {
            idp.plan(|plan| {
                if plan.claims.get("nonce").is_none() {
                    plan.claims["nonce"] = json!(nonce);
                }
            });
        }
        let state = led.get("state").unwrap_or_default();
        location(&self.get(&format!("/bff/callback?code=code&state={state}")).await)
    }

    /// Returns the session that this browser has.
    pub(super) async fn session(&self) -> Option<Found> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(&self.cookies).unwrap());
        self.agent.bff.sessions.peek(&headers).await.ok()
    }
}

/// Returns where an answer leads.
pub(super) fn location(response: &Response<Body>) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// Signs in, and returns where that led.
pub(super) async fn signed_in(idp: &Idp, settings: Settings, query: &str) -> (Browser, String) {
    let mut browser = Browser::new(idp, settings);
    let led = browser.begin(query).await;
    let location = browser.come_back(idp, &led).await;
    (browser, location)
}

/// Returns the reference with a change.
pub(super) fn changed(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}
