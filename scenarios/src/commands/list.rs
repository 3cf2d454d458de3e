//! `versus list`: scenarios, deployments and settings, each from the values that the program itself uses.

use schemars::schema_for;
use serde_json::Value;

use crate::catalog;
use crate::cli::List;
use crate::deployment;
use crate::progress::print;
use crate::runner::Layer;
use crate::settings::Settings;

use super::Exit;

/// Prints a list.
pub(super) fn list(what: List) -> Exit {
    match what {
        List::Scenarios => scenarios(),
        List::Deployments => deployments(),
        List::Settings => settings(),
        List::Lies => lies(),
    }
    Exit::Ok
}

fn scenarios() {
    for group in catalog::ALL {
        print(group.name);
        for scenario in group.scenarios {
            let layers: Vec<&str> = [Layer::Protocol, Layer::Browser]
                .into_iter()
                .filter(|layer| layer.attempt(scenario).is_some())
                .map(Layer::name)
                .collect();
            print(&format!("  {:<20} {:<9} {}", scenario.id, layers.join(","), scenario.title));
        }
    }
}

fn deployments() {
    for named in deployment::ALL {
        print(&format!("{:<6} {:<10} {}", named.id, named.class.name(), named.who));
    }
}

fn lies() {
    for lie in mock_idp::Lie::all() {
        print(&format!("{:<52} {}", lie.name(), lie.what()));
    }
}

fn settings() {
    for setting in documented() {
        for line in setting.lines() {
            print(&line);
        }
    }
}

/// A setting, as the settings' own schema documents it.
struct Documented {
    key: String,
    default: String,
    /// What it protects, and the source of that.
    about: String,
    /// Its values, each with what it means; a number has none.
    values: Vec<(String, String)>,
}

impl Documented {
    fn lines(&self) -> Vec<String> {
        let Self { key, default, about, values } = self;
        let names: Vec<&str> = values.iter().map(|(value, _)| value.as_str()).collect();
        // What "on" and "off" mean, the text has said.
        let is_plain = names.contains(&"on") && names.contains(&"off") && names.len() == 2;
        let told = match names.as_slice() {
            [] => " [a whole number]".to_owned(),
            _ if is_plain => format!(" [{}]", names.join(" | ")),
            _ => String::new(),
        };
        let mut lines = vec![format!("{key} = {default}"), format!("    {about}{told}")];
        if !is_plain {
            let width = names.iter().map(|name| name.len()).max().unwrap_or_default();
            lines.extend(values.iter().map(|(value, about)| format!("      {value:<width$}  {about}")));
        }
        lines
    }
}

/// Returns every setting, in the order of its key.
fn documented() -> Vec<Documented> {
    let schema = schema_for!(Settings).to_value();
    let leaves = Settings::default().leaves().into_iter();
    leaves.map(|(key, default)| describe(&schema, key, default)).collect()
}

fn describe(schema: &Value, key: String, default: String) -> Documented {
    let mut node = schema;
    let mut about = String::new();
    for part in key.split('.') {
        node = &resolve(schema, node)["properties"][part];
        about = description(node);
    }
    let values = values(resolve(schema, node));
    Documented { key, default, about, values }
}

fn resolve<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    let reference = node["$ref"].as_str().or_else(|| node["allOf"][0]["$ref"].as_str());
    reference.and_then(|reference| schema.pointer(reference.trim_start_matches('#'))).unwrap_or(node)
}

/// Returns a documentation on one line.
fn description(node: &Value) -> String {
    node["description"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn values(node: &Value) -> Vec<(String, String)> {
    let documented = node["oneOf"].as_array().into_iter().flatten();
    documented.filter_map(|value| Some((value["const"].as_str()?.to_owned(), description(value)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a source is known by: a section of a document, a requirement of a list, a weakness that has a number.
    const SOURCES: [&str; 5] = ["§", "OWASP ASVS", "OWASP WSTG", "W3C ", "CWE-"];

    #[test]
    fn every_setting_says_what_it_protects_and_by_which_source() {
        for Documented { key, about, .. } in documented() {
            assert!(about.len() > 30, "{key} has no documentation: {about:?}");
            assert!(SOURCES.iter().any(|source| about.contains(source)), "{key} names no source: {about:?}");
        }
    }

    #[test]
    fn every_value_of_a_setting_says_what_it_means() {
        for Documented { key, default, values, .. } in documented() {
            let is_number = default.parse::<u64>().is_ok();
            assert!(is_number || values.iter().any(|(value, _)| *value == default), "{key}: {values:?}");
            assert!(is_number || values.len() > 1, "{key} has one value");
            for (value, about) in values {
                assert!(about.len() > 3, "{key} = {value} has no documentation");
            }
        }
    }

    #[test]
    fn a_setting_is_listed_with_its_values() {
        let lines = |key: &str| documented().iter().find(|setting| setting.key == key).map(Documented::lines).unwrap();
        let store = lines("bff.session.store");
        assert_eq!(store[0], "bff.session.store = memory");
        assert!(store[1].starts_with("    Where sessions live") && store.len() == 6, "{store:?}");
        assert!(store[5].starts_with("      sealed-cookie  Sealed inside the cookie"), "{store:?}");
        let header = lines("bff.csrf.header");
        assert!(header.len() == 2 && header[1].ends_with(" [on | off]"), "{header:?}");
        assert!(lines("bff.session.idle_s")[1].ends_with(" [a whole number]"));
    }
}
