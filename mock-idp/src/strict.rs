//! Reads plain data by the schema of its type: what is unknown, missing or of the wrong kind is named with place and remedy.
//!
//! Serde finds the same mistakes, but tells neither where they are nor what was meant, and quotes what it finds: a password as
//! well as a port. Here a member that is never written out, which the schema calls `writeOnly`, is never quoted either.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::nearest;

/// The longest value that is quoted, in characters.
const LONGEST_QUOTE: usize = 80;

/// Where the data stands, in the words of whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file in TOML.
    File,
    /// The body of a request, in JSON.
    Body,
    /// The query of a request.
    Query,
}

impl Source {
    fn whole(self) -> &'static str {
        match self {
            Self::File => "the file",
            Self::Body => "the body",
            Self::Query => "the query",
        }
    }

    fn object(self) -> &'static str {
        match self {
            Self::File => "a table",
            Self::Body | Self::Query => "an object",
        }
    }
}

/// One step from the whole towards a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into the member of this name.
    Key(String),
    /// Into the item at this place of a list, from 0.
    Item(usize),
}

/// What is wrong, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; {hint}")]
pub(crate) struct Wrong {
    /// The way from the whole to what is wrong.
    pub(crate) at: Vec<Step>,
    pub(crate) reason: String,
    pub(crate) hint: String,
}

/// Reads a value as plain data of a type.
///
/// # Errors
///
/// The first member that is unknown, missing or of the wrong kind; never with a secret in it.
pub(crate) fn read<T: DeserializeOwned + JsonSchema>(source: Source, value: Value) -> Result<T, Wrong> {
    Reader { source, at: Vec::new() }.check(&schema::<T>(), &value)?;
    serde_json::from_value(value).map_err(|error| {
        // Only a text that must be a name of ours comes here, and such types name the nearest themselves.
        let text = error.to_string();
        let (reason, hint) = text.split_once("; ").unwrap_or((text.as_str(), "give one that exists"));
        Wrong { at: Vec::new(), reason: reason.to_owned(), hint: hint.to_owned() }
    })
}

/// Returns the schema by which a type is read, without any reference.
pub(crate) fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Returns the types that a schema allows.
pub(crate) fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Asks whether the most similar of the names that exist was meant; where none is similar, says something else instead.
pub(crate) fn meant<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    nearest::hint(name, known).strip_prefix("; ").map_or_else(otherwise, str::to_owned)
}

/// Writes a place as in `clients[0].redirect_uris`, and the whole by its name.
fn place(source: Source, at: &[Step]) -> String {
    let mut text = String::new();
    for step in at {
        match step {
            Step::Key(name) if text.is_empty() => text.push_str(name),
            Step::Key(name) => text.push_str(&format!(".{name}")),
            Step::Item(n) => text.push_str(&format!("[{n}]")),
        }
    }
    if text.is_empty() { source.whole().to_owned() } else { text }
}

struct Reader {
    source: Source,
    at: Vec<Step>,
}

impl Reader {
    fn check(&mut self, schema: &Value, value: &Value) -> Result<(), Wrong> {
        if let Some(present) = unless_null(schema) {
            return if value.is_null() { Ok(()) } else { self.check(present, value) };
        }
        if !fits(schema, value) {
            return Err(self.misfit(schema, value));
        }
        match value {
            Value::Object(members) => self.members(schema, members),
            Value::Array(items) => self.items(&schema["items"], items),
            _ => Ok(()),
        }
    }

    fn members(&mut self, schema: &Value, members: &Map<String, Value>) -> Result<(), Wrong> {
        let Some(known) = schema["properties"].as_object() else { return Ok(()) };
        if let Some(name) = members.keys().find(|name| !known.contains_key(*name)) {
            return Err(self.unknown(known, name));
        }
        let mut required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if let Some(name) = required.find(|name| !members.contains_key(*name)) {
            return Err(self.missing(&known[name], name));
        }
        for (name, value) in members {
            self.at.push(Step::Key(name.clone()));
            self.check(&known[name], value)?;
            self.at.pop();
        }
        Ok(())
    }

    fn items(&mut self, schema: &Value, items: &[Value]) -> Result<(), Wrong> {
        for (n, item) in items.iter().enumerate() {
            self.at.push(Step::Item(n));
            self.check(schema, item)?;
            self.at.pop();
        }
        Ok(())
    }

    fn misfit(&self, schema: &Value, value: &Value) -> Wrong {
        let is_secret = schema["writeOnly"] == true;
        let found = if is_secret { self.kind(value).to_owned() } else { self.quote(value) };
        let hint = format!("it must be {}", self.wanted(schema));
        Wrong { at: self.at.clone(), reason: format!("{} cannot be {found}", self.place()), hint }
    }

    fn unknown(&self, known: &Map<String, Value>, name: &str) -> Wrong {
        let names = || known.keys().map(String::as_str);
        let hint = meant(name, names(), || format!("it takes {}", names().collect::<Vec<_>>().join(", ")));
        let at = [&self.at[..], &[Step::Key(name.to_owned())]].concat();
        Wrong { at, reason: format!("{} has no key {name:?}", self.place()), hint }
    }

    fn missing(&self, schema: &Value, name: &str) -> Wrong {
        let hint = format!("add it: {}", self.wanted(schema));
        Wrong { at: self.at.clone(), reason: format!("{} lacks {name:?}", self.place()), hint }
    }

    fn place(&self) -> String {
        place(self.source, &self.at)
    }

    /// Says what a value is, without its content.
    fn kind(&self, value: &Value) -> &'static str {
        match value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => self.source.object(),
        }
    }

    /// Says what a value is; the content of a list or an object may be secret.
    fn quote(&self, value: &Value) -> String {
        match value {
            Value::Array(_) | Value::Object(_) => self.kind(value).to_owned(),
            scalar => {
                let text = scalar.to_string();
                if text.chars().count() > LONGEST_QUOTE { self.kind(value).to_owned() } else { text }
            }
        }
    }

    /// Says what a schema asks for.
    fn wanted(&self, schema: &Value) -> String {
        let schema = unless_null(schema).unwrap_or(schema);
        if let Some(choices) = choices(schema) {
            return any_of(&choices);
        }
        match types(schema).first() {
            Some(&"string") => "a text".to_owned(),
            Some(&"integer") => "a whole number from 0".to_owned(),
            Some(&"boolean") => "true or false".to_owned(),
            Some(&"array") if types(&schema["items"]) == ["string"] => "a list of texts".to_owned(),
            Some(&"array") => "a list".to_owned(),
            Some(&"object") => self.source.object().to_owned(),
            _ => "something else".to_owned(),
        }
    }
}

/// Returns what a schema asks for where it asks for that or null.
fn unless_null(schema: &Value) -> Option<&Value> {
    schema["anyOf"].as_array()?.iter().find(|alternative| alternative["type"] != "null")
}

/// Returns the texts that a schema allows, where it allows a few only.
fn choices(schema: &Value) -> Option<Vec<&str>> {
    if let Some(text) = schema["const"].as_str() {
        return Some(vec![text]);
    }
    if let Some(texts) = schema["enum"].as_array() {
        return texts.iter().map(Value::as_str).collect();
    }
    let alternatives = schema["oneOf"].as_array()?.iter().map(choices).collect::<Option<Vec<_>>>()?;
    Some(alternatives.concat())
}

fn fits(schema: &Value, value: &Value) -> bool {
    if let Some(choices) = choices(schema) {
        return value.as_str().is_some_and(|text| choices.contains(&text));
    }
    let types = types(schema);
    types.is_empty() || types.iter().any(|name| is_of(name, value))
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        // Whatever is counted here is counted from 0.
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn any_of(choices: &[&str]) -> String {
    let quoted: Vec<String> = choices.iter().map(|choice| format!("{choice:?}")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ArmedLie, Client, User};

    fn refusal<T: DeserializeOwned + JsonSchema>(value: Value) -> String {
        match read::<T>(Source::Body, value) {
            Ok(_) => "none".to_owned(),
            Err(wrong) => wrong.to_string(),
        }
    }

    #[test]
    fn what_is_unknown_missing_or_wrong_is_named_with_a_remedy() {
        let cases = [
            (refusal::<Client>(json!([])), "the body cannot be a list; it must be an object"),
            (refusal::<Client>(json!({})), "the body lacks \"client_id\"; add it: a text"),
            (
                refusal::<Client>(json!({"client_id": "a", "redirect_uri": []})),
                "the body has no key \"redirect_uri\"; did you mean \"redirect_uris\"?",
            ),
            (
                refusal::<Client>(json!({"client_id": "a", "redirect_uris": ["x", 7]})),
                "redirect_uris[1] cannot be 7; it must be a text",
            ),
            (
                refusal::<Client>(json!({"client_id": "a", "access_token_format": "jwd"})),
                "access_token_format cannot be \"jwd\"; it must be \"opaque\" or \"jwt\"",
            ),
            (
                refusal::<ArmedLie>(json!({"lie": "id-token.alg-nome"})),
                "no lie is called \"id-token.alg-nome\"; did you mean \"id-token.alg-none\"?",
            ),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn what_may_be_null_is_read_as_nothing() {
        let client: Client = read(Source::Body, json!({"client_id": "a", "access_token_format": null})).unwrap();
        assert_eq!((client.access_token_format, client.grant_types.len()), (None, 2));
    }

    #[test]
    fn a_password_of_the_wrong_kind_is_not_quoted() {
        for password in [json!(271_828), json!(["hunter22"]), json!({"text": "hunter22"}), json!(true)] {
            let said = refusal::<User>(json!({"sub": "1", "username": "alice", "password": password}));
            assert!(said.contains("password cannot be") && said.contains("it must be a text"), "{said}");
            assert!(!said.contains("hunter22") && !said.contains("271828"), "{said}");
        }
    }
}
