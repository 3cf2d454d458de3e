//! The body of a request on its way to the API: never longer than allowed, never standing still, never held in memory.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};

use super::idle::Idle;

/// How far the sending has come, for whoever waits for the answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<AtomicU8>);

/// What has become of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is being sent.
    Sending = 0,
    /// All of it was sent.
    Done = 1,
    /// It is longer than allowed.
    TooLong = 2,
    /// It stood still, or its sender has gone.
    BrokenOff = 3,
}

impl Progress {
    pub(super) fn state(&self) -> State {
        match self.0.load(Ordering::Acquire) {
            0 => State::Sending,
            2 => State::TooLong,
            3 => State::BrokenOff,
            _ => State::Done,
        }
    }

    fn becomes(&self, state: State) {
        self.0.store(state as u8, Ordering::Release);
    }
}

/// A body that is passed on piece by piece, without trailers: they come too late to be looked at (RFC 9110 §6.5.1).
pub(super) struct Upload {
    body: Body,
    left: u64,
    idle: Idle,
    progress: Progress,
}

impl Upload {
    pub(super) fn new(body: Body, longest: u64, longest_silence: Duration) -> (Self, Progress) {
        let progress = Progress::default();
        (Self { body, left: longest, idle: Idle::new(longest_silence), progress: progress.clone() }, progress)
    }

    fn fail(&self, state: State, why: &'static str) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.progress.becomes(state);
        Poll::Ready(Some(Err(Error::new(io::Error::other(why)))))
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        loop {
            let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) else {
                ready!(this.idle.poll_too_long(cx));
                return this.fail(State::BrokenOff, "the body stood still for too long");
            };
            this.idle.is_over();
            let data = match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => data,
                    Err(_) => continue,
                },
                Some(Err(_)) => return this.fail(State::BrokenOff, "the body broke off"),
                None => {
                    this.progress.becomes(State::Done);
                    return Poll::Ready(None);
                }
            };
            let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
            let Some(left) = this.left.checked_sub(length) else {
                return this.fail(State::TooLong, "the body is longer than allowed");
            };
            this.left = left;
            if this.body.is_end_stream() {
                this.progress.becomes(State::Done);
            }
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn sent(pieces: &'static [&'static str], longest: u64) -> (Body, Progress) {
        let pieces = stream::iter(pieces.iter().map(|piece| Ok::<_, io::Error>(*piece)));
        let (upload, progress) = Upload::new(Body::from_stream(pieces), longest, Duration::from_secs(60));
        (Body::new(upload), progress)
    }

    #[tokio::test]
    async fn a_body_may_be_as_long_as_allowed_and_no_longer() {
        let (body, progress) = sent(&["abc", "def"], 6);
        assert_eq!(progress.state(), State::Sending);
        assert_eq!(axum::body::to_bytes(body, 100).await.unwrap(), "abcdef");
        assert_eq!(progress.state(), State::Done);
        let (body, progress) = sent(&["abc", "def", "g"], 6);
        assert!(axum::body::to_bytes(body, 100).await.is_err());
        assert_eq!(progress.state(), State::TooLong);
    }

    #[tokio::test]
    async fn a_body_that_stands_still_breaks_off() {
        let silent = Body::from_stream(stream::pending::<Result<Bytes, io::Error>>());
        let (upload, progress) = Upload::new(silent, 6, Duration::from_millis(10));
        assert!(axum::body::to_bytes(Body::new(upload), 100).await.is_err());
        assert_eq!(progress.state(), State::BrokenOff);
    }
}
