//! Every switch is turned in a test that sees what it is for, and the list of these tests is complete.

use std::collections::BTreeSet;
use std::path::Path;

use schemars::schema_for;
use serde_json::Value;

use crate::Settings;

/// Each value of a switch that is not the default, and each number, with the test that sets it and sees what changes.
const TESTED: &[(&str, &str)] = &[
    ("alg=off", "without_its_check_a_forgery_passes"),
    ("aud=off", "without_a_check_the_wrong_token_passes"),
    ("client_id=off", "without_its_check_a_forgery_passes"),
    ("cors=reflect", "a_reflecting_api_lets_every_page_read"),
    ("credential=cookie", "a_cookie_carries_a_forged_request_only_where_it_is_accepted"),
    ("crit=off", "without_its_check_a_forgery_passes"),
    ("dpop=accept", "what_is_taken_depends_on_the_setting"),
    ("dpop=require", "what_is_taken_depends_on_the_setting"),
    ("dpop_nonce=off", "without_nonces_a_proof_that_was_made_in_advance_works_in_its_time"),
    ("dpop_nonce_life_s", "a_nonce_that_is_taken_for_longer_lets_proofs_be_made_further_in_advance"),
    ("dpop_replay=off", "a_proof_works_once"),
    ("format=either", "each_format_takes_what_it_is_for"),
    ("format=jwt", "a_revoked_jwt_works_until_it_expires"),
    ("headers=off", "without_the_switch_no_answer_is_hardened"),
    ("introspection.cache_key=prefix", "a_cache_by_prefix_answers_for_a_token_that_nobody_issued"),
    ("introspection.cache_s", "a_revoked_token_lives_as_long_as_its_answer_is_kept"),
    ("introspection.negative_cache_s", "a_refused_token_is_asked_about_again_unless_told_otherwise"),
    ("iss=off", "without_a_check_the_wrong_token_passes"),
    ("jwks_throttle=off", "without_the_throttle_a_flood_reaches_the_issuer"),
    ("key_source=header", "without_its_check_a_forgery_passes"),
    ("live.origin=off", "without_the_check_of_the_origin_a_cookie_is_hijacked"),
    ("live.recheck=off", "without_the_recheck_a_stream_outlives_its_token"),
    ("live.recheck_s", "between_two_questions_only_our_clock_ends_it"),
    ("mtls=off", "without_the_check_a_stolen_token_works_anywhere"),
    ("preflight_cache_s", "without_a_preflight_cache_a_browser_asks_before_every_call"),
    ("scope=off", "without_a_check_the_wrong_token_passes"),
    ("sub=off", "without_the_check_of_the_subject_a_client_is_taken_for_the_user_whose_name_it_has"),
    ("times=off", "without_a_check_the_wrong_token_passes"),
    ("typ=off", "without_its_check_a_forgery_passes"),
    ("ws_auth=query", "an_address_shows_the_token_only_where_it_may"),
    ("ws_auth=subprotocol", "a_subprotocol_shows_the_token_and_is_not_repeated"),
    ("ws_auth=ticket", "a_ticket_opens_one_socket_soon"),
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
