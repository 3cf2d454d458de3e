//! A TOML file as a tree of plain data, in which every value still knows its line.

use serde_json::{Map, Value, json};
use toml::de::{DeInteger, DeTable, DeValue};

use crate::strict::Step;

/// A parsed file.
pub(super) struct Tree<'t> {
    text: &'t str,
    table: DeTable<'t>,
}

impl<'t> Tree<'t> {
    /// Parses a file.
    ///
    /// # Errors
    ///
    /// The line, and what the parser says; its message is made of fixed words, whereas its rendering would quote the line.
    pub(super) fn parse(text: &'t str) -> Result<Self, (usize, String)> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { text, table: table.into_inner() }),
            Err(error) => {
                let start = error.span().map_or(0, |span| span.start);
                Err((line(text, start), error.message().to_owned()))
            }
        }
    }

    /// Returns the data without the lines.
    pub(super) fn plain(&self) -> Value {
        object(&self.table)
    }

    /// Returns the line on which a value stands, from 1; where it is missing, the line of what should have it.
    pub(super) fn line(&self, at: &[Step]) -> usize {
        line(self.text, self.start(at))
    }

    fn start(&self, at: &[Step]) -> usize {
        let Some((Step::Key(first), rest)) = at.split_first() else { return 0 };
        let Some(mut found) = self.table.get(first.as_str()) else { return 0 };
        for step in rest {
            let value = found.get_ref();
            let next = match step {
                Step::Key(name) => value.get(name.as_str()),
                Step::Item(n) => value.get(*n),
            };
            match next {
                Some(next) => found = next,
                None => break,
            }
        }
        found.span().start
    }
}

fn line(text: &str, start: usize) -> usize {
    text.get(..start).unwrap_or(text).matches('\n').count() + 1
}

fn object(table: &DeTable<'_>) -> Value {
    let members = table.iter().map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())));
    Value::Object(members.collect::<Map<String, Value>>())
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.to_string()),
        DeValue::Integer(number) => integer(number),
        DeValue::Float(number) => {
            let number = number.as_str().parse::<f64>().unwrap_or(f64::MAX);
            Value::from(if number.is_finite() { number } else { f64::MAX })
        }
        DeValue::Boolean(truth) => Value::from(*truth),
        // No key takes a time, and as a text it would pass for one.
        DeValue::Datetime(time) => json!({"time": time.to_string()}),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect(),
        DeValue::Table(table) => object(table),
    }
}

/// Reads a whole number; one that is too large for that becomes a broken one, which no key takes.
fn integer(number: &DeInteger<'_>) -> Value {
    let (digits, radix) = (number.as_str(), number.radix());
    i64::from_str_radix(digits, radix)
        .map(Value::from)
        .or_else(|_| u64::from_str_radix(digits, radix).map(Value::from))
        .unwrap_or_else(|_| Value::from(f64::MAX))
}
