//! Reads a run back: the only thing that is ever read.

use serde_json::Value;

use crate::model::{FORMAT, Run, VERSION};

/// Why a text is not a run that can be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The text is no JSON.
    #[error("not JSON: {0}; was the file cut off? render from a run.json that a finished run wrote")]
    NotJson(#[source] serde_json::Error),
    /// The text is JSON of something else.
    #[error("format is {found:?}, not \"versus.run\"; give the run.json that `versus run` writes")]
    NotARun {
        /// What stood in its place.
        found: String,
    },
    /// The run is of another major version.
    #[error(
        "run format version {found} cannot be read by this program, which reads {VERSION}; \
         render it with the program that wrote it, or run again"
    )]
    OtherVersion {
        /// The version of the text.
        found: String,
    },
    /// Something in the run has another shape.
    #[error("run of version {version} has an unexpected shape: {source}")]
    Shape {
        /// The version of the text.
        version: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// Reads a run from the text of a `run.json`.
///
/// Fields that are not known are ignored: a newer minor version only adds.
///
/// # Errors
///
/// [`Unreadable`] says what the text is instead, and what to do about it.
pub fn load(text: &str) -> Result<Run, Unreadable> {
    let value: Value = serde_json::from_str(text).map_err(Unreadable::NotJson)?;
    let word = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (format, version) = (word("format"), word("version"));
    if format != FORMAT {
        return Err(Unreadable::NotARun { found: format });
    }
    if major(&version) != major(VERSION) {
        return Err(Unreadable::OtherVersion { found: version });
    }
    serde_json::from_value(value).map_err(|source| Unreadable::Shape { version, source })
}

fn major(version: &str) -> Option<u64> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{formats, sample_run};

    #[test]
    fn reads_what_is_written() {
        let run = sample_run();
        assert_eq!(load(&formats::json::render(&run)).unwrap(), run);
    }

    #[test]
    fn refuses_another_major_version_with_a_hint() {
        let text = formats::json::render(&sample_run()).replace("\"version\": \"1.0\"", "\"version\": \"2.0\"");
        let refused = load(&text).unwrap_err();
        assert!(matches!(&refused, Unreadable::OtherVersion { found } if found == "2.0"));
        assert!(refused.to_string().contains("run again"), "{refused}");
    }

    #[test]
    fn reads_a_newer_minor_version_and_ignores_what_it_adds() {
        let mut value: Value = serde_json::to_value(sample_run()).unwrap();
        value["version"] = "1.7".into();
        value["weather"] = "fair".into();
        assert_eq!(load(&value.to_string()).unwrap().version, "1.7");
    }

    #[test]
    fn tells_what_is_no_run_apart() {
        assert!(matches!(load("{"), Err(Unreadable::NotJson(_))));
        assert!(matches!(load("{\"format\":\"sarif\"}"), Err(Unreadable::NotARun { found }) if found == "sarif"));
        let shape = "{\"format\":\"versus.run\",\"version\":\"1.0\"}";
        assert!(matches!(load(shape), Err(Unreadable::Shape { .. })));
    }
}
