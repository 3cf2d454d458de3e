//! What happens, on the standard error: one line of JSON per event.
//!
//! Events of our own crates alone are written, because they carry no secret; libraries trace whole headers, credentials
//! included.

use std::fmt::Debug;

use hosting::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::cli::LogForm;
use crate::progress::say;

/// The crates whose events are written.
const OURS: [&str; 4] = ["bff_app", "hosting", "public_api", "spa_app"];

/// Begins to write, where the person asked for it.
pub(super) fn begin(form: Option<LogForm>, clock: &Clock) {
    if form == Some(LogForm::Json) {
        // It fails only where somebody listens already, and then that one does.
        let _ = tracing::subscriber::set_global_default(Lines { clock: clock.clone(), write: Box::new(say) });
    }
}

/// Turns events into lines.
struct Lines {
    clock: Clock,
    write: Box<dyn Fn(&str) + Send + Sync>,
}

impl Lines {
    fn line(&self, event: &Event<'_>) -> String {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields(mut line) = fields;
        let time_ms = u64::try_from(self.clock.now().as_millis()).unwrap_or(u64::MAX);
        line.insert("time_ms".to_owned(), Value::from(time_ms));
        line.insert("level".to_owned(), Value::from(event.metadata().level().as_str().to_ascii_lowercase()));
        line.insert("target".to_owned(), Value::from(event.metadata().target()));
        Value::Object(line).to_string()
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let root = metadata.target().split("::").next().unwrap_or_default();
        metadata.is_event() && *metadata.level() <= Level::INFO && OURS.contains(&root)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn event(&self, event: &Event<'_>) {
        (self.write)(&self.line(event));
    }

    // Nothing here opens a span, and those of libraries are not enabled.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The fields of one event, the message among them.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.insert(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn our_events_become_one_line_each_and_nobody_elses_do() {
        let written = Arc::<Mutex<Vec<String>>>::default();
        let write = {
            let written = written.clone();
            Box::new(move |line: &str| written.lock().expect("no panic").push(line.to_owned()))
        };
        tracing::subscriber::with_default(Lines { clock: Clock::standing(), write }, || {
            tracing::info!(target: "bff_app::request", id = %"i#1", route = "/bff/user", status = 200_u64, "answered");
            tracing::warn!(target: "public_api", "line one\nline two");
            tracing::debug!(target: "bff_app::request", "too much");
            tracing::info!(target: "hyper_util::client", authorization = "Bearer at", "a header");
        });
        let lines = written.lock().expect("no panic");
        assert_eq!(lines.len(), 2, "{lines:?}");
        let first: Value = serde_json::from_str(&lines[0]).expect("JSON");
        for (name, value) in [
            ("id", "i#1"),
            ("route", "/bff/user"),
            ("message", "answered"),
            ("level", "info"),
            ("target", "bff_app::request"),
        ] {
            assert_eq!(first[name], value, "{name}");
        }
        assert_eq!(first["status"], 200);
        assert!(first["time_ms"].is_u64());
        assert!(!lines[1].contains('\n'), "{}", lines[1]);
    }
}
