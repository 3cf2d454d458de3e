//! A bound on silence: a body may last, but it may not stand still.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Ends when nothing has come for so long; it costs nothing until somebody has to wait.
pub(super) struct Idle {
    longest: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
}

impl Idle {
    pub(super) fn new(longest: Duration) -> Self {
        Self { longest, waiting: None, is_waiting: false }
    }

    /// Something has come.
    pub(super) fn is_over(&mut self) {
        self.is_waiting = false;
    }

    /// Nothing has come; ready when that has lasted too long.
    pub(super) fn poll_too_long(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = Instant::now() + self.longest;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if !std::mem::replace(&mut self.is_waiting, true) {
            waiting.as_mut().reset(deadline);
        }
        waiting.as_mut().poll(cx)
    }
}
