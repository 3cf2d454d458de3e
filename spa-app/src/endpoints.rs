//! Everything that is served.

mod assets;
mod frontchannel_logout;
mod page;
mod pwa;
mod settings_json;
mod silent_callback;

use axum::Router;
use axum::body::Body;
use axum::response::{Html, IntoResponse as _, Response};
use http::header;

use crate::settings::Switch;
use crate::{Host, Shared};

pub(crate) use pwa::SERVICE_WORKER;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .merge(assets::routes())
        .merge(settings_json::routes())
        .merge(silent_callback::routes())
        .merge(frontchannel_logout::routes())
        .merge(pwa::routes())
        .merge(page::routes())
}

/// A document: its address can carry a code, and a page kept in the history shows what was ended (RFC 9700 §4.2).
fn document(host: &Host, html: impl Into<Body>) -> Response {
    let kept = match host.settings.cache {
        Switch::On => "no-store",
        Switch::Off => "no-cache",
    };
    ([(header::CACHE_CONTROL, kept)], Html(html.into())).into_response()
}
