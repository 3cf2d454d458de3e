//! The body of a request, as often as it is sent.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use http::StatusCode;
use http_body::Body as _;

use super::upload::{Progress, State, Upload};
use crate::problem::Problem;
use crate::settings::Proxy;
use crate::streams;

/// The longest body that is kept for a second attempt, in bytes.
const LONGEST_KEPT: u64 = 64 * 1024;

/// A body that is sent.
pub(super) enum Outgoing {
    /// There is none.
    Nothing,
    /// It was read, so that it can be sent again.
    Kept(Bytes),
    /// It passes through once.
    Streamed(Body, Progress),
    /// It has passed through.
    Gone(Progress),
}

impl Outgoing {
    /// Takes a request's body.
    ///
    /// # Errors
    ///
    /// 413 for one that says of itself that it is too long.
    pub(super) fn new(settings: &Proxy, body: Body) -> Result<Self, Problem> {
        if body.is_end_stream() {
            return Ok(Self::Nothing);
        }
        if body.size_hint().lower() > settings.longest_body {
            return Err(too_long(settings));
        }
        let (upload, progress) = Upload::new(body, settings.longest_body, streams::IDLE);
        Ok(Self::Streamed(Body::new(upload), progress))
    }

    /// Reads a short body, so that it can be sent again; a long one, or one of unknown length, passes through once.
    ///
    /// # Errors
    ///
    /// 408 or 400 for one that does not come.
    pub(super) async fn kept(self, settings: &Proxy, patience: Duration) -> Result<Self, Problem> {
        match self {
            Self::Streamed(body, progress) if body.size_hint().upper().is_some_and(|upper| upper <= LONGEST_KEPT) => {
                let read = tokio::time::timeout(patience, to_bytes(body, usize::MAX)).await;
                match read {
                    Ok(Ok(bytes)) => Ok(Self::Kept(bytes)),
                    _ => Err(Self::Gone(progress).failure(settings).unwrap_or_else(slow)),
                }
            }
            other => Ok(other),
        }
    }

    /// Returns the body for one attempt; one that passes through is there for the first only.
    pub(super) fn next(&mut self) -> Body {
        match self {
            Self::Kept(bytes) => Body::from(bytes.clone()),
            Self::Nothing | Self::Gone(_) => Body::empty(),
            Self::Streamed(body, progress) => {
                let (body, progress) = (std::mem::take(body), progress.clone());
                *self = Self::Gone(progress);
                body
            }
        }
    }

    /// Tells whether there is no body.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Tells whether it can be sent again.
    pub(super) fn can_be_repeated(&self) -> bool {
        matches!(self, Self::Nothing | Self::Kept(_))
    }

    /// Returns what the sender did wrong, where it is the reason that there is no answer.
    pub(super) fn failure(&self, settings: &Proxy) -> Option<Problem> {
        let Self::Gone(progress) = self else { return None };
        match progress.state() {
            State::TooLong => Some(too_long(settings)),
            State::BrokenOff => Some(Problem::fixed(StatusCode::BAD_REQUEST, "the body of the request broke off")),
            State::Sending | State::Done => None,
        }
    }

    /// Returns the reason that patience has ended: the sender's slowness, or the API's.
    pub(super) fn lateness(&self) -> Problem {
        match self {
            Self::Gone(progress) if progress.state() == State::Sending => slow(),
            _ => Problem::fixed(StatusCode::GATEWAY_TIMEOUT, "the API does not answer in time"),
        }
    }
}

fn slow() -> Problem {
    Problem::fixed(StatusCode::REQUEST_TIMEOUT, "the body of the request came too slowly")
}

fn too_long(settings: &Proxy) -> Problem {
    let detail = format!("send at most {} bytes", settings.longest_body);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}
