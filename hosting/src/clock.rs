//! The only reader of machine time; it can be moved forward, so that eight hours pass in a test at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that its clones share.
#[derive(Clone, Debug)]
pub struct Clock {
    ahead_ms: Arc<AtomicU64>,
    /// Where it stands still, the time at which it does.
    standing: Option<Duration>,
}

impl Clock {
    /// Makes a clock that shows the machine's time until it is moved.
    pub fn system() -> Self {
        Self { ahead_ms: Arc::default(), standing: None }
    }

    /// Makes a clock that stands still at this second and moves only when it is moved.
    ///
    /// A life that is measured to the second must not depend on whether the machine's second ticks over in between.
    pub fn standing() -> Self {
        let now = Self::system().now();
        Self { ahead_ms: Arc::default(), standing: Some(Duration::from_secs(now.as_secs())) }
    }

    /// Returns the time since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> Duration {
        self.standing.unwrap_or_else(machine) + self.ahead()
    }

    /// Returns the whole seconds since 1970-01-01T00:00:00Z, as JWT's `NumericDate` counts them (RFC 7519 §2).
    pub fn now_s(&self) -> u64 {
        self.now().as_secs()
    }

    /// Moves the clock forward; it never goes back.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX / 4);
        self.ahead_ms.fetch_add(by, Ordering::SeqCst);
    }

    /// Returns how far ahead of the machine's time the clock is.
    pub fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead_ms.load(Ordering::SeqCst))
    }
}

fn machine() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of machine time")]
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_move_together() {
        let clock = Clock::system();
        let copy = clock.clone();
        let before = copy.now_s();
        clock.advance(Duration::from_secs(28_800));
        assert!(copy.now_s() >= before + 28_800);
        assert_eq!(copy.ahead(), Duration::from_secs(28_800));
    }

    #[test]
    fn a_standing_clock_moves_only_when_it_is_moved() {
        let clock = Clock::standing();
        let before = clock.now();
        assert_eq!((clock.now(), before.subsec_nanos()), (before, 0));
        clock.advance(Duration::from_secs(300));
        assert_eq!(clock.now(), before + Duration::from_secs(300));
    }
}
