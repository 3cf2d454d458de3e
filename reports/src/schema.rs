//! The JSON Schema of a run, for whoever reads `run.json` with another program.

use crate::model::{FORMAT, Run};

/// Returns the JSON Schema (2020-12) of a run as text.
///
/// # Panics
///
/// Never: a schema is plain JSON.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Run);
    schema.insert("title".to_owned(), FORMAT.into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_format() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
        assert_eq!(schema["title"], "versus.run");
        assert!(schema["properties"]["findings"].is_object());
    }
}
