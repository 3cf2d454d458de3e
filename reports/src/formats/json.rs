//! The run itself, as JSON: the one format that is read back.

use super::Format;
use crate::model::Run;

/// The run itself.
pub const FORMAT: Format =
    Format { name: "json", file: "run.json", about: "the run itself; every other report is made from it", render };

/// Renders the run as pretty JSON with a line break at the end.
///
/// # Panics
///
/// Never: the model is plain data with string keys.
pub fn render(run: &Run) -> String {
    let mut text = serde_json::to_string_pretty(run).expect("a run is plain data");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sample_run, schema};

    #[test]
    fn is_valid_by_its_schema() {
        let schema = serde_json::from_str(&schema()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut value = serde_json::from_str(&render(&sample_run())).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        value["findings"][0]["outcome"] = "fine".into();
        assert!(!validator.is_valid(&value));
    }
}
