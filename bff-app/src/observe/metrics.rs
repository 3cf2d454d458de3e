//! The figures in the text format of Prometheus (exposition format 0.0.4).

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::figures::{Event, Refusal};
use super::{Latency, Observed};

/// The names of the kinds of stream, in the order of their variants.
const STREAMS: [&str; 2] = ["events", "websocket"];

pub(super) fn write(observed: &Observed, revocation_failures: u64) -> String {
    let figures = &observed.figures;
    let mut text = Text(String::with_capacity(4096));
    text.head("bff_requests_total", "counter", "Answers by route and status.");
    for (route, status, count) in figures.requests() {
        text.line("bff_requests_total", &[("route", route), ("status", status.as_str())], count);
    }
    text.head("bff_refused_total", "counter", "Requests that were refused before they reached anything, by reason.");
    text.counts("bff_refused_total", "reason", Refusal::ALL.iter().map(|(_, name)| *name), &figures.refusals);
    text.head("bff_session_events_total", "counter", "Sign-ins, sign-outs and refreshes.");
    text.counts("bff_session_events_total", "event", Event::ALL.iter().map(|(_, name)| *name), &figures.events);
    text.head("bff_revocation_failures_total", "counter", "Tokens of signed-out users that could not be revoked.");
    text.line("bff_revocation_failures_total", &[], revocation_failures);
    text.head("bff_open_streams", "gauge", "Streams that are open.");
    for (kind, open) in STREAMS.iter().zip(&figures.streams) {
        text.line("bff_open_streams", &[("kind", *kind)], open.load(Ordering::Relaxed));
    }
    text.head("bff_requests_under_way", "gauge", "Requests that have no answer yet.");
    text.line("bff_requests_under_way", &[], observed.drain.under_way());
    text.head("bff_draining", "gauge", "Whether this instance is about to stop.");
    text.line("bff_draining", &[], u64::from(observed.drain.has_begun()));
    text.histogram(
        "bff_downstream_seconds",
        "Time until an API behind the application begins its answer.",
        &observed.downstream,
    );
    text.0
}

/// Lines.
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// Writes one sample. Names and values of labels are the application's own, so nothing is escaped.
    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.0.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.0, "{}{label}=\"{text}\"", if place == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn counts(&mut self, name: &str, label: &str, names: impl Iterator<Item = &'static str>, counts: &[AtomicU64]) {
        for (value, count) in names.zip(counts) {
            self.line(name, &[(label, value)], count.load(Ordering::Relaxed));
        }
    }

    fn histogram(&mut self, name: &str, help: &str, latency: &Latency) {
        self.head(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for (bound, count) in latency.at_most() {
            self.line(&bucket, &[("le", bound)], count);
        }
        self.line(&bucket, &[("le", "+Inf")], latency.count());
        let _ = writeln!(self.0, "{name}_sum {}", latency.sum().as_secs_f64());
        self.line(&format!("{name}_count"), &[], latency.count());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::csrf::Stream;

    #[test]
    fn figures_are_written_as_they_are_scraped() {
        let observed = Observed::new();
        observed.count(Event::SignIn);
        observed.refused(Refusal::Origin);
        observed.downstream_took(Duration::from_millis(2));
        let stream = observed.opened(Stream::WebSocket);
        let text = observed.metrics(3);
        for line in [
            "# TYPE bff_requests_total counter",
            "bff_session_events_total{event=\"sign_in\"} 1",
            "bff_refused_total{reason=\"origin\"} 1",
            "bff_refused_total{reason=\"header\"} 0",
            "bff_open_streams{kind=\"websocket\"} 1",
            "bff_open_streams{kind=\"events\"} 0",
            "bff_revocation_failures_total 3",
            "bff_draining 0",
            "bff_downstream_seconds_bucket{le=\"0.001\"} 0",
            "bff_downstream_seconds_bucket{le=\"0.0025\"} 1",
            "bff_downstream_seconds_bucket{le=\"+Inf\"} 1",
            "bff_downstream_seconds_sum 0.002",
            "bff_downstream_seconds_count 1",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        drop(stream);
        assert!(observed.metrics(3).contains("bff_open_streams{kind=\"websocket\"} 0"));
    }
}
