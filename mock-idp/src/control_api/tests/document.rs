//! The OpenAPI document: what it describes is what the router answers, and it is whole.

use std::collections::HashSet;

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::play::Play;

const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

async fn document(play: &Play) -> Value {
    play.done("GET", "/openapi.json", None).await
}

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}"))
}

/// Calls a function with every object and text inside a value.
fn walk<'v>(value: &'v Value, visit: &mut impl FnMut(&'v Value)) {
    visit(value);
    match value {
        Value::Object(members) => members.values().for_each(|member| walk(member, visit)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

#[tokio::test]
async fn the_router_answers_what_the_document_describes_and_nothing_else() {
    let play = Play::new();
    let document = document(&play).await;
    for (path, operations) in members(&document["paths"]) {
        let path = path.replace(['{', '}'], "");
        for method in METHODS {
            // A query that no route takes, so that nothing is done.
            let answer = play.ask(&method.to_uppercase(), &format!("{path}?nothing=1"), None).await;
            let is_routed = answer.status != StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(is_routed, operations[method].is_object(), "{method} {path}: {}", answer.body);
            assert!(!answer.body.to_string().contains("no such route"), "{method} {path}");
        }
    }
}

#[test]
fn the_router_and_the_document_are_made_of_one_table() {
    let routes = super::super::routes();
    let named: HashSet<_> = routes.iter().map(|route| (route.operation.method, route.operation.path)).collect();
    assert_eq!(named.len(), routes.len());
    assert!(routes.len() >= 24, "only {} routes", routes.len());
}

#[tokio::test]
async fn the_document_is_whole() {
    let document = document(&Play::new()).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut ids = HashSet::new();
    for (path, operations) in members(&document["paths"]) {
        assert!(path.starts_with('/'), "{path}");
        for (method, operation) in members(operations) {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id} is there twice");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{id}");
            check_parameters(path, operation);
            check_contents(operation);
        }
    }
}

fn check_parameters(path: &str, operation: &Value) {
    let parameters = operation["parameters"].as_array().unwrap();
    let in_path: Vec<&str> = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "path")
        .map(|parameter| parameter["name"].as_str().unwrap())
        .collect();
    let template: Vec<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    assert_eq!(in_path, template, "{path}");
    assert!(parameters.iter().all(|parameter| parameter["in"] != "path" || parameter["required"] == true), "{path}");
    assert!(parameters.iter().all(|parameter| parameter["schema"].is_object()), "{path}");
}

fn check_contents(operation: &Value) {
    let responses = members(&operation["responses"]);
    assert!(responses.contains_key("200") && responses.contains_key("4XX"));
    for (status, response) in responses {
        assert!(response["description"].is_string(), "{status} of {operation}");
        assert!(response["content"]["application/json"]["schema"].is_object(), "{status} of {operation}");
    }
    if let Some(body) = operation.get("requestBody") {
        assert_eq!(body["required"], true);
        assert_eq!(body["content"]["application/json"]["schema"]["type"], "object");
    }
}

#[tokio::test]
async fn every_schema_is_one_and_every_reference_leads_somewhere() {
    let document = document(&Play::new()).await;
    walk(&document, &mut |value| {
        if let Some(reference) = value["$ref"].as_str() {
            let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads away"));
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
        if value["schema"].is_object() {
            assert!(jsonschema::meta::is_valid(&value["schema"]), "{}", value["schema"]);
        }
    });
    for (name, schema) in members(&document["components"]["schemas"]) {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{name}");
        assert!(jsonschema::meta::is_valid(schema), "{name}");
    }
}

#[tokio::test]
async fn secrets_are_taken_and_never_answered() {
    let document = document(&Play::new()).await;
    let taken = &document["paths"]["/users/{sub}"]["put"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(taken["properties"]["password"]["writeOnly"], true);
    let answered = members(&document["components"]["schemas"]["User"]["properties"]);
    assert!(!answered.contains_key("password") && !answered.contains_key("one_time_code"));
    let answered = members(&document["components"]["schemas"]["Client"]["properties"]);
    assert!(!answered.contains_key("client_secret"));
}
