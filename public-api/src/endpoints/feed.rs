//! Transfers that concern the caller, as server-sent events, for as long as the token is good.
//!
//! A page reads them with `fetch`, which sends the token in a header as every other call does.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::stream::{self, Stream};

use crate::access_token::Held;
use crate::problem::Problem;
use crate::streams::{News, Streams, Subscription};

/// How often a comment shows that the connection lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

pub(super) fn routes() -> Router<Streams> {
    Router::new().route("/feed", get(feed))
}

async fn feed(State(streams): State<Streams>, request: Request) -> Response {
    // The body ends here: nothing of a request that brings one is waited for.
    let (parts, _) = request.into_parts();
    match streams.gate().hold(&parts).await {
        Ok(held) => {
            let mut response = open(&streams, held).unwrap_or_else(Problem::into_response);
            streams.gate().say_nonce(&parts.headers, &mut response);
            response
        }
        Err(refused) => streams.gate().refuse(&parts.headers, &refused),
    }
}

fn open(streams: &Streams, held: Held) -> Result<Response, Problem> {
    let subscription = streams.subscribe(held)?;
    let keep_alive = KeepAlive::new().interval(SIGN_OF_LIFE);
    Ok(Sse::new(events(subscription)).keep_alive(keep_alive).into_response())
}

fn events(subscription: Subscription) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    stream::unfold(Some(subscription), |subscription| async move {
        let mut subscription = subscription?;
        Some(match subscription.next().await {
            News::Transferred(transferred) => {
                (Ok(Event::default().event("transfer").data(transferred.to_json())), Some(subscription))
            }
            News::Missed(missed) => (Ok(Event::default().event("missed").data(missed.to_json())), Some(subscription)),
            // The last event: nothing follows, and the place is free again.
            News::Ended => (Ok(Event::default().event("signed-out").data("the access token has ended")), None),
        })
    })
}
