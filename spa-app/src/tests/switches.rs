//! Every switch is turned in a test that sees what it is for, and the list of these tests is complete.
//!
//! Most of them live in the page alone. Of those the host can show one thing: that the switch reaches the page, in
//! `/settings.json`, and what it changes in the policy; what the page makes of it is seen where the page runs.

use std::collections::BTreeSet;
use std::path::Path;

use schemars::schema_for;
use serde_json::Value;

use crate::Settings;

/// Each value of a switch that is not the default, and each number, with the test that sets it and sees what changes.
const TESTED: &[(&str, &str)] = &[
    ("cache=off", "without_the_switch_a_browser_keeps_the_page"),
    ("credential=cookie", "the_page_is_told_of_every_change"),
    ("csp=off", "without_the_policy_the_page_may_do_anything_but_be_framed"),
    ("dpop=on", "the_page_is_told_of_every_change"),
    ("fcl=off", "without_the_switch_there_is_no_such_page"),
    ("frame=off", "without_the_switch_anybody_may_frame"),
    ("headers=off", "without_the_switch_an_answer_can_be_guessed_at_and_fetched_in_clear"),
    ("id_token=claims", "the_page_is_told_of_every_change"),
    ("id_token=off", "the_page_is_told_of_every_change"),
    ("iss=off", "the_page_is_told_of_every_change"),
    ("monitor=on", "the_issuer_is_framed_only_where_it_must_be"),
    ("nonce=off", "the_page_is_told_of_every_change"),
    ("pkce=off", "the_page_is_told_of_every_change"),
    ("pwa=on", "delivers_its_own_service_worker_and_no_other"),
    ("renewal=hidden-frame", "the_issuer_is_framed_only_where_it_must_be"),
    ("return_url=any", "the_page_is_told_of_every_change"),
    ("revoke=off", "the_page_is_told_of_every_change"),
    ("rt_lock=off", "the_page_is_told_of_every_change"),
    ("state=off", "the_page_is_told_of_every_change"),
    ("store=local-storage", "the_page_is_told_of_every_change"),
    ("store=session-storage", "the_page_is_told_of_every_change"),
    ("store=worker", "a_worker_is_admitted_only_where_it_holds_the_tokens"),
    ("sync=off", "the_page_is_told_of_every_change"),
    ("trusted_types=off", "without_trusted_types_strings_become_markup"),
    ("ws_auth=query", "the_page_is_told_of_every_change"),
    ("ws_auth=subprotocol", "the_page_is_told_of_every_change"),
    ("ws_auth=ticket", "the_page_is_told_of_every_change"),
];

#[test]
fn every_switch_is_in_a_test() {
    let listed: BTreeSet<String> = TESTED.iter().map(|(change, _)| (*change).to_owned()).collect();
    assert_eq!(listed.len(), TESTED.len(), "a change is listed twice");
    let schema = schema_for!(Settings).to_value();
    let mut all = BTreeSet::new();
    changes(&schema, &schema, &serde_json::to_value(Settings::default()).unwrap(), "", &mut all);
    let unlike: Vec<&String> = listed.symmetric_difference(&all).collect();
    assert!(unlike.is_empty(), "in no test, or no change of a switch: {unlike:?}");
    let mut tests = Vec::new();
    tests_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut tests);
    for (change, test) in TESTED {
        let name = change.split('=').next().and_then(|key| key.rsplit('.').next()).unwrap();
        let is_there = tests.iter().any(|(known, file)| known == test && file.contains(name));
        assert!(is_there, "{change}: no test is called {test}, or nothing beside it names the switch");
    }
}

/// Collects every change of one switch, as `key=value`, or the key alone where it is a number.
fn changes(schema: &Value, node: &Value, default: &Value, key: &str, found: &mut BTreeSet<String>) {
    let reference = node["$ref"].as_str().and_then(|reference| schema.pointer(reference.trim_start_matches('#')));
    let node = reference.unwrap_or(node);
    match default {
        Value::Object(fields) => {
            for (name, default) in fields {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                changes(schema, &node["properties"][name], default, &key, found);
            }
        }
        Value::String(default) => {
            let values = node["oneOf"].as_array().into_iter().flatten().filter_map(|value| value["const"].as_str());
            let (same, others): (Vec<&str>, Vec<&str>) = values.partition(|value| *value == default);
            assert_eq!(same.len(), 1, "{key} does not say which values it has");
            found.extend(others.into_iter().map(|value| format!("{key}={value}")));
        }
        _ => {
            found.insert(key.to_owned());
        }
    }
}

/// Collects the name of every test below a folder, with the file in which it is.
fn tests_in(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = file.lines().map(str::trim).collect();
            for pair in lines.windows(2).filter(|pair| pair[0].starts_with("#[") && pair[0].contains("test")) {
                let name = pair[1].split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                found.extend(name.map(|(name, _)| (name.to_owned(), file.clone())));
            }
        }
    }
}
