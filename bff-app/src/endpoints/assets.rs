//! The built page's script and style.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;

use crate::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/assets/app.js", get(script)).route("/assets/app.css", get(style))
}

async fn script(State(bff): State<Shared>) -> Response {
    let page = &bff.config.page;
    let body = match &page.implant {
        // A compromised dependency is part of the bundle, so the page's own policy lets it run.
        Some(implant) => format!("{};\n{implant}", page.script),
        None => page.script.clone(),
    };
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], body).into_response()
}

async fn style(State(bff): State<Shared>) -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], bff.config.page.style.clone()).into_response()
}
