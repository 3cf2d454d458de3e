//! The files of the application, made ready once and sent as they are.

use axum::body::Bytes;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::config::{Config, Page};
use crate::settings::{Settings, Store};

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Every file; what the settings do not need is not there.
pub(crate) struct Files {
    pub(crate) script: File,
    pub(crate) style: File,
    pub(crate) worker: Option<File>,
    pub(crate) service_worker: Option<File>,
    pub(crate) manifest: Option<File>,
    pub(crate) icon: Option<File>,
    pub(crate) silent_callback: Option<File>,
    pub(crate) frontchannel_logout: Option<File>,
}

/// A file with its digest, so that a browser that has it already is not sent it again.
pub(crate) struct File {
    content_type: &'static str,
    etag: HeaderValue,
    body: Bytes,
}

impl Files {
    pub(crate) fn new(config: &Config, settings: &Settings) -> Self {
        let page = &config.page;
        let file = |content_type, body: Option<&String>| body.map(|body| File::new(content_type, body.clone()));
        let (silent_callback, frontchannel_logout) =
            (include_str!("../templates/silent_callback.js"), include_str!("../templates/frontchannel_logout.js"));
        Self {
            script: File::new(SCRIPT, script(page)),
            style: File::new("text/css; charset=utf-8", page.style.clone()),
            worker: file(SCRIPT, page.worker.as_ref()).filter(|_| settings.store == Store::Worker),
            service_worker: file(SCRIPT, page.service_worker.as_ref()).filter(|_| settings.pwa.is_on()),
            manifest: file("application/manifest+json", page.manifest.as_ref()).filter(|_| settings.pwa.is_on()),
            icon: file("image/svg+xml", page.icon.as_ref()),
            silent_callback: settings.is_framing().then(|| File::new(SCRIPT, silent_callback)),
            frontchannel_logout: settings.fcl.is_on().then(|| File::new(SCRIPT, frontchannel_logout)),
        }
    }
}

fn script(page: &Page) -> String {
    match &page.implant {
        Some(implant) => format!("{}\n;{implant}", page.script),
        None => page.script.clone(),
    }
}

impl File {
    fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let etag = format!("\"{}\"", hosting::base64url(&hosting::sha256(&body)));
        Self { content_type, etag: HeaderValue::from_str(&etag).expect("base64url is plain ASCII"), body }
    }

    /// Sends it, or says that the browser has it (RFC 9110 §13.1.2).
    pub(crate) fn send(&self, request: &HeaderMap) -> Response {
        let validators =
            [(header::ETAG, self.etag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
        if self.is_known(request) {
            return (StatusCode::NOT_MODIFIED, validators).into_response();
        }
        (validators, [(header::CONTENT_TYPE, self.content_type)], self.body.clone()).into_response()
    }

    fn is_known(&self, request: &HeaderMap) -> bool {
        let ours = self.etag.to_str().unwrap_or_default();
        let lists = request.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|list| list.to_str().ok());
        let mut known = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
        known.any(|tag| tag == ours || tag == "*")
    }
}

/// Sends a file, or says that there is none.
pub(crate) fn send(file: Option<&File>, request: &HeaderMap) -> Response {
    file.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |file| file.send(request))
}
