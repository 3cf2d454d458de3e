//! How long something takes, by fixed bounds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The bounds in microseconds, and as they are written, in seconds.
pub(super) const BOUNDS: [(u64, &str); 12] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (10_000_000, "10"),
];

/// A histogram.
#[derive(Default)]
pub(super) struct Latency {
    /// How many took no longer than each bound, and longer than the one before.
    within: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Latency {
    pub(super) fn note(&self, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(place) = BOUNDS.iter().position(|(bound, _)| took_us <= *bound) {
            self.within[place].fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(took_us, Ordering::Relaxed);
    }

    /// Returns how many took at most so long, for every bound.
    pub(super) fn at_most(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let mut sum = 0;
        self.within.iter().zip(BOUNDS).map(move |(count, (_, bound))| {
            sum += count.load(Ordering::Relaxed);
            (bound, sum)
        })
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_us.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_include_themselves_and_what_is_below() {
        let latency = Latency::default();
        for took_us in [1, 500, 501, 20_000_000] {
            latency.note(Duration::from_micros(took_us));
        }
        let at_most: Vec<u64> = latency.at_most().map(|(_, count)| count).collect();
        assert_eq!((at_most[0], at_most[1], at_most[11], latency.count()), (2, 3, 3, 4));
        assert_eq!(latency.sum(), Duration::from_micros(20_001_002));
        assert!(BOUNDS.is_sorted_by_key(|(bound, _)| *bound));
    }
}
