//! The control API described by OpenAPI 3.1, from the same routes that make the router.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::input::Takes;
use super::refusal::Refusal;
use super::route::{Route, get};
use crate::Control;

const ABOUT: &str = "What an administrator can do beside the protocol. Whoever reaches it may do everything: it is served on \
    loopback only, and refuses what a web page asks for. No answer holds a password or a secret.";

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/openapi.json", "getDocument", "Describes every route, as OpenAPI 3.1")
            .simply(|_: &Control| document(&super::routes())),
    ]
}

/// Describes routes.
///
/// Source: OpenAPI Specification 3.1 §4.8.
fn document(routes: &[Route]) -> Map<String, Value> {
    // What is taken stands in place and what is answered under components: of one type they differ where secrets are left out.
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in routes {
        let path = paths.entry(route.operation.path).or_insert_with(|| json!({}));
        path[route.operation.method] = operation(route, &mut generator);
    }
    let document = [
        ("openapi", json!("3.1.0")),
        ("jsonSchemaDialect", json!("https://json-schema.org/draft/2020-12/schema")),
        ("info", json!({"title": "mock-idp control API", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT})),
        ("paths", Value::Object(paths)),
        ("components", json!({"schemas": generator.take_definitions(true)})),
    ];
    document.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let answer = (route.answer)(generator);
    let refusal = generator.subschema_for::<Refusal>();
    let mut operation = json!({
        "operationId": route.operation.id,
        "summary": route.operation.summary,
        "parameters": parameters(route),
        "responses": {
            "200": {"description": "It is done.", "content": {"application/json": {"schema": answer}}},
            "4XX": {"description": "It was refused.", "content": {"application/json": {"schema": refusal}}},
        },
    });
    if let Takes::Body(schema) = route.takes {
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema()}}});
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let segments = route.operation.path.split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> =
        names.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})).collect();
    if let Takes::Query(schema) = route.takes {
        let schema = schema();
        let members = schema["properties"].as_object().into_iter().flatten();
        parameters.extend(members.map(|(name, schema)| json!({"name": name, "in": "query", "schema": schema})));
    }
    parameters
}
