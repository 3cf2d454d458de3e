//! The built page's files: script, style, and the service worker of its own, where it has one.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::headers::{Kind, SERVICE_WORKER};
use crate::problem::Problem;
use crate::settings::Worker;
use crate::{Page, Shared};

/// Where the web app manifest is.
pub(super) const MANIFEST: &str = "/manifest.webmanifest";

/// Where the icon is.
pub(super) const ICON: &str = "/assets/icon.svg";

/// The files as they are delivered.
pub(super) struct Files {
    script: Bytes,
    style: Bytes,
    worker: Option<Bytes>,
    manifest: Option<Bytes>,
    icon: Option<Bytes>,
    /// The script's digest, as an `integrity` attribute has it (W3C SRI §3.1).
    pub(super) integrity: String,
}

impl Files {
    pub(super) fn new(page: &Page) -> Self {
        let script = match &page.implant {
            // A compromised dependency is part of the bundle, so the page's own policy lets it run, digest and all.
            Some(implant) => format!("{};\n{implant}", page.script),
            None => page.script.clone(),
        };
        Self {
            integrity: format!("sha256-{}", STANDARD.encode(hosting::sha256(script.as_bytes()))),
            script: script.into(),
            style: page.style.clone().into(),
            worker: page.worker.clone().map(Bytes::from),
            manifest: page.manifest.clone().map(Bytes::from),
            icon: page.icon.clone().map(Bytes::from),
        }
    }
}

pub(super) fn routes(files: &Arc<Files>) -> Router<Shared> {
    let (script, style, worker) = (files.script.clone(), files.style.clone(), files.worker.clone());
    let (manifest, icon) = (files.manifest.clone(), files.icon.clone());
    Router::new()
        .route("/assets/app.js", get(move || async move { file("text/javascript; charset=utf-8", script) }))
        .route("/assets/app.css", get(move || async move { file("text/css; charset=utf-8", style) }))
        .route(ICON, get(move || async move { optional("image/svg+xml", icon) }))
        .route(MANIFEST, get(move |State(bff): State<Shared>| async move { of_worker(&bff, manifest) }))
        .route(SERVICE_WORKER, get(move |State(bff): State<Shared>| async move { service_worker(&bff, worker) }))
}

fn file(content_type: &'static str, bytes: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], bytes).into_response()
}

fn optional(content_type: &'static str, bytes: Option<Bytes>) -> Result<Response, Problem> {
    let missing = Problem::fixed(StatusCode::NOT_FOUND, "this application has no such file");
    bytes.map(|bytes| file(content_type, bytes)).ok_or(missing)
}

/// Delivers the manifest where there is a worker to go with it.
fn of_worker(bff: &Shared, manifest: Option<Bytes>) -> Result<Response, Problem> {
    optional("application/manifest+json", manifest.filter(|_| bff.settings.csp.worker != Worker::None))
}

/// Delivers the one script that may be a service worker (W3C Service Workers §6.2).
fn service_worker(bff: &Shared, worker: Option<Bytes>) -> Result<Response, Problem> {
    let worker = worker.filter(|_| bff.settings.csp.worker != Worker::None);
    let worker = worker.ok_or(Problem::fixed(StatusCode::NOT_FOUND, "this application has no service worker"))?;
    let mut response = file("text/javascript; charset=utf-8", worker);
    let allowed = HeaderName::from_static("service-worker-allowed");
    response.headers_mut().insert(allowed, HeaderValue::from_static("/"));
    response.extensions_mut().insert(Kind::ServiceWorker);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::agent::config;

    #[test]
    fn the_digest_is_that_of_what_is_delivered() {
        let mut page = config().page;
        page.script = "alert('Hello, world.');".to_owned();
        // W3C SRI §3.1, the example's script with its SHA-256.
        assert_eq!(Files::new(&page).integrity, "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
        page.implant = Some("steal()".to_owned());
        let files = Files::new(&page);
        assert!(files.script.ends_with(b";\nsteal()"));
        assert_ne!(files.integrity, "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    }
}
