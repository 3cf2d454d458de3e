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
    for (key, value, about) in documented() {
        print(&format!("{key} = {value}\n    {about}"));
    }
}

/// Returns every setting with its default and what it protects, read from the settings' own schema.
pub(crate) fn documented() -> Vec<(String, String, String)> {
    let schema = schema_for!(Settings).to_value();
    Settings::default()
        .leaves()
        .into_iter()
        .map(|(key, value)| {
            let about = describe(&schema, &key);
            (key, value, about)
        })
        .collect()
}

fn describe(schema: &Value, key: &str) -> String {
    let mut node = schema;
    let mut about = "";
    for part in key.split('.') {
        node = &resolve(schema, node)["properties"][part];
        about = node["description"].as_str().unwrap_or(about);
    }
    let choices: Vec<&str> = choices(resolve(schema, node));
    let about = about.split_whitespace().collect::<Vec<_>>().join(" ");
    if choices.is_empty() { about } else { format!("{about} [{}]", choices.join(" | ")) }
}

fn resolve<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    let reference = node["$ref"].as_str().or_else(|| node["allOf"][0]["$ref"].as_str());
    reference.and_then(|reference| schema.pointer(reference.trim_start_matches('#'))).unwrap_or(node)
}

fn choices(node: &Value) -> Vec<&str> {
    if let Some(plain) = node["enum"].as_array() {
        return plain.iter().filter_map(Value::as_str).collect();
    }
    let documented = node["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    documented.iter().filter_map(|choice| choice["const"].as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_says_what_it_protects() {
        for (key, _, about) in documented() {
            assert!(about.len() > 10, "{key} has no documentation: {about:?}");
        }
    }
}
