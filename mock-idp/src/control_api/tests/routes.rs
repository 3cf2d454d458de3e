//! Every route once for good and once for bad input.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::play::{Answer, Play, public_client, user};

type Case = (&'static str, &'static str, String, Option<Value>);
type BadCase = (&'static str, &'static str, &'static str, Option<Value>, u16, &'static str);

fn good(sid: &str) -> Vec<Case> {
    let case = |id, method, path: &str, body| (id, method, path.to_owned(), body);
    vec![
        case("getDocument", "GET", "/openapi.json", None),
        case("listUsers", "GET", "/users", None),
        case("putUser", "PUT", "/users/sub-carol", Some(user("sub-carol", "carol"))),
        case("changeRoles", "PUT", "/users/carol/roles", Some(json!({"roles": ["writer"]}))),
        case("changePassword", "PUT", "/users/carol/password", Some(json!({"password": "another"}))),
        case("endSessionsOfUser", "POST", "/users/bob/end-sessions", None),
        case("disableUser", "POST", "/users/carol/disable", None),
        case("listClients", "GET", "/clients", None),
        case("putClient", "PUT", "/clients/a%2Fb", Some(public_client("a/b"))),
        case("removeClient", "DELETE", "/clients/a%2Fb", None),
        case("listKeys", "GET", "/keys", None),
        case("rotateKeys", "POST", "/keys/rotate", None),
        case("withdrawReplacedKeys", "POST", "/keys/withdraw-replaced", None),
        case("listSessions", "GET", "/sessions", None),
        case("endSession", "DELETE", &format!("/sessions/{sid}"), None),
        case("listEvents", "GET", "/events?after=3", None),
        case("listLies", "GET", "/lies", None),
        case("armLie", "POST", "/lies/armed", Some(json!({"lie": "id-token.alg-none", "times": "until-disarmed"}))),
        case("listArmedLies", "GET", "/lies/armed", None),
        case("disarmLies", "DELETE", "/lies/armed", None),
        case("readClock", "GET", "/clock", None),
        case("advanceClock", "POST", "/clock/advance", Some(json!({"seconds": 60}))),
        case("redeliverLogoutTokens", "POST", "/logout-tokens/redeliver", None),
        case("countEverything", "GET", "/counts", None),
    ]
}

fn bad() -> Vec<BadCase> {
    vec![
        ("getDocument", "GET", "/openapi.json?x=1", None, 400, "x=1"),
        ("listUsers", "GET", "/users?name=alice", None, 400, "name=alice"),
        ("putUser", "PUT", "/users/sub-alice", Some(json!({"sub": "sub-alice"})), 422, "username"),
        ("changeRoles", "PUT", "/users/alise/roles", Some(json!({"roles": []})), 404, "did you mean \"alice\"?"),
        ("changePassword", "PUT", "/users/alice/password", Some(json!({"password": ""})), 422, "password"),
        ("endSessionsOfUser", "POST", "/users/nobody/end-sessions", None, 404, "GET /users"),
        ("disableUser", "POST", "/users/alice/disable", Some(json!({})), 400, "takes no body"),
        ("listClients", "GET", "/clients", Some(json!({})), 400, "takes no body"),
        (
            "putClient",
            "PUT",
            "/clients/a",
            Some(json!({"client_id": "a"})),
            422,
            "client_secret_basic needs client_secret",
        ),
        ("removeClient", "DELETE", "/clients/ap", None, 404, "did you mean"),
        ("listKeys", "GET", "/keys?kid=1", None, 400, "kid=1"),
        ("rotateKeys", "POST", "/keys/rotate?now", None, 400, "now"),
        ("withdrawReplacedKeys", "POST", "/keys/withdraw-replaced", Some(json!([])), 400, "takes no body"),
        ("listSessions", "GET", "/sessions?user=alice", None, 400, "user=alice"),
        ("endSession", "DELETE", "/sessions/nothing", None, 404, "GET /sessions"),
        ("listEvents", "GET", "/events?after=yesterday", None, 400, "after cannot be \"yesterday\""),
        ("listLies", "GET", "/lies?group=dpop", None, 400, "group=dpop"),
        ("armLie", "POST", "/lies/armed", Some(json!({"lie": "id-token.alg-nome"})), 422, "id-token.alg-none"),
        ("listArmedLies", "GET", "/lies/armed?x", None, 400, "takes no query"),
        ("disarmLies", "DELETE", "/lies/armed?lie=dpop.baerer", None, 400, "did you mean \"dpop.bearer\""),
        ("readClock", "GET", "/clock?zone=utc", None, 400, "zone=utc"),
        ("advanceClock", "POST", "/clock/advance", Some(json!({"seconds": -1})), 422, "seconds cannot be -1"),
        ("redeliverLogoutTokens", "POST", "/logout-tokens/redeliver", Some(json!({})), 400, "takes no body"),
        ("countEverything", "GET", "/counts?of=codes", None, 400, "of=codes"),
    ]
}

/// Returns the schema that the document gives to an operation's answer, with what it refers to.
fn answer_schema(document: &Value, id: &str) -> Value {
    let paths = document["paths"].as_object().unwrap().values();
    let mut operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let operation = operations.find(|operation| operation["operationId"] == id).unwrap();
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    json!({"allOf": [schema], "components": document["components"]})
}

#[tokio::test]
async fn every_route_does_what_it_is_asked_and_answers_as_the_document_says() {
    let play = Play::new();
    play.sign_in().await;
    let sid = play.done("GET", "/sessions", None).await[0]["sid"].as_str().unwrap().to_owned();
    let document = play.done("GET", "/openapi.json", None).await;
    for (id, method, path, body) in good(&sid) {
        let answer = play.done(method, &path, body.as_ref()).await;
        let schema = answer_schema(&document, id);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{id}: {errors:?} in {answer}");
        assert!(!["-password", "-secret"].iter().any(|secret| answer.to_string().contains(secret)), "{id}: {answer}");
    }
}

#[tokio::test]
async fn every_route_refuses_bad_input_with_the_value_and_a_remedy() {
    let play = Play::new();
    let before = play.done("GET", "/users", None).await;
    for (id, method, path, body, status, says) in bad() {
        let Answer { status: answered, body } = play.ask(method, path, body.as_ref()).await;
        assert_eq!(answered.as_u16(), status, "{id}: {body}");
        assert!(body.to_string().replace("\\\"", "\"").contains(says), "{id} does not say {says:?}: {body}");
        for member in ["error", "hint"] {
            assert!(!body[member].as_str().unwrap_or_default().is_empty(), "{id} has no {member}: {body}");
        }
    }
    assert_eq!(play.done("GET", "/users", None).await, before, "what is refused changes nothing");
}

#[tokio::test]
async fn no_route_is_left_out_of_these_tests() {
    let document = Play::new().done("GET", "/openapi.json", None).await;
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let documented: BTreeSet<String> =
        operations.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect();
    let of = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<BTreeSet<String>>();
    assert_eq!(of(good("").into_iter().map(|case| case.0).collect()), documented);
    assert_eq!(of(bad().into_iter().map(|case| case.0).collect()), documented);
}
