//! Every switch is turned in a test that sees what it is for, and the list of these tests is complete.

use std::collections::BTreeSet;
use std::path::Path;

use schemars::schema_for;
use serde_json::Value;

use crate::Settings;

/// Each value of a switch that is not the default, and each number, with the test that sets it and sees what changes.
const TESTED: &[(&str, &str)] = &[
    ("cache=off", "without_the_cache_switch_answers_about_a_user_may_be_kept"),
    ("client_auth=none", "without_authentication_only_the_name_is_sent"),
    ("client_auth=private-key-jwt", "an_assertion_names_the_issuer_and_works_once"),
    ("client_auth=self-signed-tls-client-auth", "a_client_with_a_certificate_goes_to_the_alias"),
    ("cookie.httponly=off", "each_attribute_is_missing_without_its_switch"),
    ("cookie.parser=decoding", "a_sibling_replaces_the_session_or_ends_it_only_where_names_are_decoded"),
    ("cookie.prefix=host", "a_cookie_that_somebody_else_can_set_opens_a_session_only_in_the_weak_variants"),
    ("cookie.prefix=none", "a_cookie_that_somebody_else_can_set_opens_a_session_only_in_the_weak_variants"),
    ("cookie.samesite=lax", "each_attribute_is_missing_without_its_switch"),
    ("cookie.samesite=none", "each_attribute_is_missing_without_its_switch"),
    ("cookie.samesite=unset", "each_attribute_is_missing_without_its_switch"),
    ("cookie.secure=off", "each_attribute_is_missing_without_its_switch"),
    ("csp.connect=off", "trusted_types_connections_and_dynamic_script_have_switches_of_their_own"),
    ("csp.frame=off", "without_the_frame_switch_nothing_forbids_framing"),
    ("csp.script=hash", "each_script_policy_says_what_it_is_called"),
    ("csp.script=nonce-reused", "a_nonce_that_is_reused_is_known_to_whoever_has_seen_one"),
    ("csp.script=none", "each_script_policy_says_what_it_is_called"),
    ("csp.script=static", "each_script_policy_says_what_it_is_called"),
    ("csp.strict_dynamic=on", "trusted_types_connections_and_dynamic_script_have_switches_of_their_own"),
    ("csp.trusted_types=off", "trusted_types_connections_and_dynamic_script_have_switches_of_their_own"),
    ("csp.worker=any", "the_weak_variant_takes_any_script_for_a_service_worker"),
    ("csp.worker=own", "the_own_service_worker_is_one_script_and_fetches_from_this_origin"),
    ("csrf.content_type=on", "bodies_are_json_alone_where_the_switch_says_so"),
    ("csrf.fetch_metadata=on", "fetch_metadata_alone_refuses_every_other_page_and_no_client_without_it"),
    ("csrf.header=off", "the_header_must_say_exactly_what_it_says"),
    ("csrf.origin=off", "unsafe_methods_need_the_own_origin"),
    ("csrf.token=double-submit", "a_siblings_cookie_defeats_the_naive_double_submit"),
    ("csrf.token=session", "a_token_is_worth_something_in_its_own_session_alone"),
    ("downstream=certificate", "the_users_token_goes_over_a_connection_that_shows_our_certificate"),
    ("downstream=exchange", "each_session_has_an_exchanged_token_of_its_own_until_shortly_before_its_end"),
    ("downstream=password", "a_technical_user_stands_for_all_users"),
    ("handed_out=access-token", "a_handed_out_token_is_exchanged_for_the_public_api_alone"),
    ("handed_out=all", "the_weak_variants_hand_out_what_the_session_has"),
    ("handed_out_scope=full", "the_weak_variants_hand_out_what_the_session_has"),
    ("login.fetch_metadata=on", "no_other_site_begins_a_sign_in_where_that_is_refused"),
    ("login.par=on", "a_pushed_request_leaves_nothing_in_the_browser_that_could_be_changed"),
    ("login.param_allowlist=off", "a_caller_changes_nothing_that_is_ours"),
    ("login.return_url=off", "a_sign_in_leads_to_another_site_only_in_the_weak_variant"),
    ("login.step_up=on", "a_weak_session_moves_money_unless_more_is_demanded"),
    ("logout.bcl=off", "without_back_channel_logout_nobody_is_listened_to"),
    ("logout.bcl_checks=off", "without_checks_an_id_token_signs_its_user_out"),
    ("logout.bcl_early=off", "a_sign_in_to_a_session_that_has_ended_is_refused_unless_that_is_switched_off"),
    ("logout.bcl_replay=off", "a_logout_token_works_once_unless_that_is_switched_off"),
    ("logout.csd=everything", "what_is_cleared_is_what_the_switch_says"),
    ("logout.csd=none", "what_is_cleared_is_what_the_switch_says"),
    ("logout.csrf=off", "without_protection_a_link_signs_the_user_out"),
    ("logout.delete_attrs=off", "without_its_attributes_the_deletion_breaks_the_rules_of_its_prefix"),
    (
        "logout.end_session=off",
        "without_revocation_the_tokens_live_on_and_without_end_session_the_providers_session_does",
    ),
    ("logout.everywhere=on", "everywhere_means_all_sessions_of_this_user_and_of_nobody_else"),
    ("logout.fcl=off", "without_front_channel_logout_there_is_no_such_address"),
    ("logout.fcl_sid=off", "without_issuer_and_session_whoever_frames_it_signs_the_user_out"),
    ("logout.one_time_url=off", "without_the_one_time_address_the_hint_comes_into_scripts_reach"),
    ("logout.revoke=off", "without_revocation_the_tokens_live_on_and_without_end_session_the_providers_session_does"),
    ("proxy.allowlist=off", "without_the_allow_list_the_whole_api_is_open"),
    ("proxy.deadline_s", "an_answer_that_does_not_begin_in_time_is_given_up"),
    ("proxy.longest_body", "a_body_that_is_too_long_is_refused_whether_it_says_so_or_not"),
    ("proxy.no_follow=off", "a_proxy_that_follows_takes_the_token_along"),
    ("proxy.normalise=off", "without_validated_segments_the_token_leaves_the_route_and_the_host"),
    ("proxy.sandbox=off", "an_answer_can_be_no_page_of_the_application"),
    ("proxy.strip_authz=off", "each_switch_off_lets_its_header_through"),
    ("proxy.strip_cookie=off", "each_switch_off_lets_its_header_through"),
    ("proxy.strip_ident=off", "each_switch_off_lets_its_header_through"),
    ("proxy.strip_resp=off", "an_api_does_not_speak_in_the_applications_name"),
    ("session.absolute_s", "a_session_lasts_as_long_as_the_setting_says_however_busy_it_is"),
    ("session.cache_s", "a_sign_out_arrives_at_another_replica_as_late_as_the_setting_says"),
    ("session.idle_s", "a_session_goes_unused_for_as_long_as_the_setting_says"),
    ("session.rekey=off", "a_planted_id_is_taken_only_by_the_weak_variant"),
    ("session.revocation_list=on", "a_sealed_session_outlives_its_end_unless_that_is_remembered"),
    ("session.rt_align=off", "the_session_ends_with_its_refresh_token_unless_that_is_switched_off"),
    ("session.store=embedded", "a_restart_signs_nobody_out_where_sessions_are_written_down"),
    ("session.store=redis", "a_sign_out_at_one_replica_is_one_at_all"),
    ("session.store=sealed-cookie", "a_sealed_session_outlives_its_end_unless_that_is_remembered"),
    ("sse.origin=off", "a_feed_is_for_the_own_page_and_a_user"),
    ("token.cache_key=api", "tokens_that_are_kept_by_api_alone_serve_one_user_with_anothers"),
    ("token.dpop=on", "a_bound_token_comes_with_a_proof_and_the_nonce_that_is_asked_for"),
    ("token.single_flight=off", "without_single_flight_all_refresh_with_the_same_token"),
    ("tx.browser_bind=off", "another_browser_cannot_finish_a_sign_in_unless_that_is_switched_off"),
    ("tx.iss=off", "each_tie_between_response_and_request_holds_unless_it_is_switched_off"),
    ("tx.nonce=off", "each_tie_between_response_and_request_holds_unless_it_is_switched_off"),
    ("tx.pkce=off", "without_pkce_nothing_proves_who_began"),
    ("tx.redirect_always=off", "a_failed_sign_in_shows_no_page_while_a_code_stands_in_the_address"),
    ("tx.state=off", "each_tie_between_response_and_request_holds_unless_it_is_switched_off"),
    ("ws.close_on_logout=off", "without_the_switch_a_tunnel_stays_open_after_sign_out"),
    ("ws.origin=off", "another_pages_socket_is_refused"),
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
