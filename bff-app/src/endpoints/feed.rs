//! Tells the page of the user's transfers as they happen, as server-sent events (WHATWG HTML §9.2).

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::Shared;
use crate::csrf::{Stream, check_stream};
use crate::problem::Problem;
use crate::streams::{News, Told};

/// How often a quiet stream shows that it lives, so that nothing between here and the page closes it.
const COMMENT: Duration = Duration::from_secs(15);

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/feed", get(feed))
}

async fn feed(State(bff): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    check_stream(&bff, &headers, Stream::Events)?;
    let told = Told::begin(&bff, &headers, Stream::Events).await?;
    let events = stream::unfold(Some(told), |told| async move {
        let mut told = told?;
        Some(match told.next().await {
            News::Transfer(event) => (Event::default().event("transfer").json_data(&*event), Some(told)),
            News::Missed(missed) => (Ok(Event::default().event("missed").data(missed.to_string())), Some(told)),
            News::SignedOut => (Ok(Event::default().event("signed-out").data("signed out")), None),
        })
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT)).into_response();
    // What may be kept of an answer about a user is said in one place for all of them.
    response.headers_mut().remove(header::CACHE_CONTROL);
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}
