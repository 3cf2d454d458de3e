//! Answers that are no answers: too large, too slow, cut off, of the wrong kind, or from somewhere else.
//!
//! Nothing here is built in memory, and nothing holds a thread: a hostile provider costs the process that plays it
//! nothing.

use std::io;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use futures_util::stream;
use http::{StatusCode, header};
use serde_json::{Value, json};
use tokio::time::Instant;

/// How often [`SPACES`] go before an answer that is too large: 100 MiB of them.
const CHUNKS: usize = 1_600;

/// White space, which JSON allows before a value (RFC 8259 §2): whoever reads all of it finds the truth at the end.
static SPACES: [u8; 65_536] = [b' '; 65_536];

/// How many bytes drip: at ten a second they take ten minutes.
const DRIPS: usize = 6_000;

/// How long an answer that never comes is waited for: longer than any client does, and not for ever.
const LONGEST_SILENCE: Duration = Duration::from_secs(600);

/// How long a slow answer takes.
const SLOW: Duration = Duration::from_secs(5);

/// Answers JSON that nobody may keep.
pub(crate) fn json(value: &Value) -> Response {
    as_json(Body::from(value.to_string()))
}

/// Answers a body that calls itself JSON.
pub(crate) fn as_json(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// Answers 100 MiB that end with the truth, without saying how long they are.
pub(crate) fn huge(truth: &Value) -> Response {
    let spaces = stream::iter(std::iter::repeat_n(Bytes::from_static(&SPACES), CHUNKS));
    let end = Bytes::from(truth.to_string());
    let chunks = spaces.chain(stream::iter([end])).map(Ok::<_, io::Error>);
    as_json(Body::from_stream(chunks))
}

/// Answers one byte every tenth of a second for ten minutes, the truth last.
pub(crate) fn drip(truth: &Value) -> Response {
    let text = truth.to_string();
    let bytes = format!("{text:>DRIPS$}").into_bytes().into_iter().take(DRIPS);
    let interval = tokio::time::interval(Duration::from_millis(100));
    let drops = stream::unfold((bytes, interval), |(mut bytes, mut interval)| async move {
        let byte = bytes.next()?;
        interval.tick().await;
        Some((Ok::<_, io::Error>(Bytes::from(vec![byte])), (bytes, interval)))
    });
    as_json(Body::from_stream(drops))
}

/// Answers the headers and then nothing.
pub(crate) fn stalled() -> Response {
    let silence = stream::once(async {
        pass(LONGEST_SILENCE).await;
        Err::<Bytes, _>(io::Error::from(io::ErrorKind::TimedOut))
    });
    as_json(Body::from_stream(silence))
}

/// Answers the beginning of the truth and then breaks the connection.
pub(crate) fn reset(truth: &Value) -> Response {
    let mut text = truth.to_string();
    // Half of it, at the end of a character.
    let half = (0..=text.len() / 2).rev().find(|place| text.is_char_boundary(*place)).unwrap_or_default();
    text.truncate(half);
    let chunks = [Ok(Bytes::from(text)), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    as_json(Body::from_stream(stream::iter(chunks)))
}

/// Never answers.
pub(crate) async fn never() -> Response {
    pass(LONGEST_SILENCE).await;
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

/// Returns after five seconds of the machine's time: a slow provider keeps its peers waiting, whatever the run's clock
/// shows.
pub(crate) async fn slowly() {
    pass(SLOW).await;
}

async fn pass(time: Duration) {
    tokio::time::interval_at(Instant::now() + time, time).tick().await;
}

/// Answers a page.
pub(crate) fn html() -> Response {
    let page = "<!doctype html><title>Welcome</title><p>This is a page, and no answer to the question.</p>\n";
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], page).into_response()
}

/// Answers 200 and not a byte.
pub(crate) fn empty() -> Response {
    as_json(Body::empty())
}

/// Sends whoever asks somewhere else.
pub(crate) fn redirect(status: StatusCode, to: &str) -> Response {
    (status, [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store")]).into_response()
}

/// Asks to come back in half a minute.
pub(crate) fn come_back(status: StatusCode) -> Response {
    (status, [(header::RETRY_AFTER, "30"), (header::CACHE_CONTROL, "no-store")]).into_response()
}

/// Answers an error of OAuth (RFC 6749 §5.2).
pub(crate) fn error(status: StatusCode, code: &str) -> Response {
    let body = json!({"error": code, "error_description": "this provider lies"});
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_huge_answer_ends_with_the_truth() {
        let mut body = huge(&json!({"a": 1})).into_body();
        let (mut length, mut last) = (0, Bytes::new());
        while let Some(frame) = body.frame().await {
            last = frame.unwrap().into_data().unwrap();
            length += last.len();
        }
        assert_eq!((length, last.as_ref()), (104_857_600 + 7, &br#"{"a":1}"#[..]));
    }

    #[tokio::test]
    async fn a_broken_answer_is_cut_within_a_character_of_its_middle() {
        let mut body = reset(&json!({"a": "ß"})).into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap().as_ref(), br#"{"a":"#);
        assert!(body.frame().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn a_dripping_answer_gives_one_byte_at_a_time() {
        let mut body = drip(&json!({})).into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap().len(), 1);
        assert!(tokio::time::timeout(Duration::from_millis(50), body.frame()).await.is_err());
    }
}
