//! The body of an answer on its way to the page: it may last as long as the session, but it may not stand still.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};

use super::idle::Idle;

/// Ends with the session; made when the first piece is awaited, or has not been the last.
pub(super) type Ended = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How a body ends whose session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As if it were complete: an event stream, which is never complete.
    Clean,
    /// Broken off, so that nobody takes the part for the whole.
    BrokenOff,
}

/// A body that is passed back piece by piece, without trailers.
pub(super) struct Download<F> {
    body: Body,
    idle: Idle,
    end: End,
    until_ended: Option<F>,
    ended: Option<Ended>,
    is_begun: bool,
}

impl<F: FnOnce() -> Ended> Download<F> {
    /// Makes one; `until_ended` is asked only where the body is not there at once.
    pub(super) fn new(body: Body, end: End, longest_silence: Duration, until_ended: F) -> Self {
        let idle = Idle::new(longest_silence);
        Self { body, idle, end, until_ended: Some(until_ended), ended: None, is_begun: false }
    }

    fn has_ended(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(until_ended) = self.until_ended.take() {
            self.ended = Some(until_ended());
        }
        self.ended.as_mut().is_some_and(|ended| ended.as_mut().poll(cx).is_ready())
    }

    fn finish(&self) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.end {
            End::Clean => Poll::Ready(None),
            End::BrokenOff => fail("the session has ended"),
        }
    }
}

fn fail(why: &'static str) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
    Poll::Ready(Some(Err(Error::new(io::Error::other(why)))))
}

impl<F: FnOnce() -> Ended + Unpin> http_body::Body for Download<F> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        // A short answer that is there at once is none that could outlast its session.
        let lasts = std::mem::replace(&mut this.is_begun, true);
        if lasts && this.has_ended(cx) {
            return this.finish();
        }
        loop {
            match Pin::new(&mut this.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                    this.idle.is_over();
                    return Poll::Ready(Some(Ok(frame)));
                }
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(_))) => return fail("the API broke off"),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending if !lasts && this.has_ended(cx) => return this.finish(),
                Poll::Pending if this.idle.poll_too_long(cx).is_ready() => {
                    return fail("the API was silent for too long");
                }
                Poll::Pending => return Poll::Pending,
            }
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
    use futures_util::{StreamExt as _, stream};

    use super::*;

    type Piece = Result<&'static str, io::Error>;

    fn download(pieces: Vec<Piece>, is_endless: bool, end: End, ended: fn() -> Ended) -> Body {
        let pieces = stream::iter(pieces);
        let body =
            if is_endless { Body::from_stream(pieces.chain(stream::pending())) } else { Body::from_stream(pieces) };
        Body::new(Download::new(body, end, Duration::from_millis(10), ended))
    }

    fn never() -> Ended {
        Box::pin(std::future::pending())
    }

    fn at_once() -> Ended {
        Box::pin(std::future::ready(()))
    }

    #[tokio::test]
    async fn a_body_passes_as_it_is() {
        let body = download(vec![Ok("abc"), Ok("def")], false, End::BrokenOff, never);
        assert_eq!(axum::body::to_bytes(body, 100).await.unwrap(), "abcdef");
    }

    #[tokio::test]
    async fn silence_breaks_it_off() {
        let mut body = download(vec![Ok("abc")], true, End::BrokenOff, never).into_data_stream();
        assert_eq!(body.next().await.unwrap().unwrap(), "abc");
        assert!(body.next().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn the_end_of_the_session_ends_an_event_stream_and_breaks_a_file_off() {
        let pieces = || vec![Ok("abc"), Ok("def")];
        let mut events = download(pieces(), true, End::Clean, at_once).into_data_stream();
        assert_eq!(events.next().await.unwrap().unwrap(), "abc");
        assert!(events.next().await.is_none());
        let mut file = download(pieces(), true, End::BrokenOff, at_once).into_data_stream();
        assert_eq!(file.next().await.unwrap().unwrap(), "abc");
        assert!(file.next().await.unwrap().is_err());
        let mut silent = download(Vec::new(), true, End::Clean, at_once).into_data_stream();
        assert!(silent.next().await.is_none(), "a stream that has never said anything");
    }
}
