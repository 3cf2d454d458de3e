//! Bad requests, endpoint by endpoint: each gets the error that its specification names, hears what was wrong, and gets
//! nothing else.

mod authorize;
mod clients;
mod methods;
mod pages;
mod token;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::agent::{Agent, Answer, encode};

const FORM: &str = "application/x-www-form-urlencoded";

/// What a form is never sent as.
const OTHER_TYPES: &[Option<&str>] = &[
    None,
    Some(""),
    Some("application/json"),
    Some("text/plain"),
    Some("multipart/form-data; boundary=x"),
    Some("application/x-www-form-urlencoded-too"),
];

/// The pairs that may come several times (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: &[&str] = &["resource", "audience"];

/// A value that is longer than any that means something.
fn long() -> String {
    "x".repeat(8 * 1024)
}

/// Everything that can be wrong with a parameter whatever it means: doubled, or in a wrong encoding.
///
/// Source: RFC 6749 §3.1 and §3.2 (not more than once), appendix B (UTF-8 in percent-encoding).
fn flaws(good: &[(&str, &str)], name: &str) -> Vec<(String, String)> {
    let rest: Vec<(&str, &str)> = good.iter().copied().filter(|(known, _)| *known != name).collect();
    let (rest, own) = (encode(&rest), encode(&[(name, value(good, name))]));
    let mut flaws = vec![
        ("a broken escape", format!("{rest}&{name}=%zz")),
        ("an escape that is cut off", format!("{rest}&{name}=%4")),
        ("an escape without digits", format!("{name}=%&{rest}")),
        ("bytes that are no UTF-8", format!("{rest}&{name}=%ff%fe")),
        ("half of a character", format!("{rest}&{own}%C3")),
    ];
    if !REPEATABLE.contains(&name) {
        flaws.push(("the same twice", format!("{rest}&{own}&{own}")));
        flaws.push(("another one behind it", format!("{own}&{rest}&{name}=other")));
        flaws.push(("another one before it", format!("{name}=other&{own}&{rest}")));
    }
    flaws.into_iter().map(|(what, text)| (format!("{name}: {what}"), text)).collect()
}

fn value<'a>(good: &[(&'a str, &'a str)], name: &str) -> &'a str {
    good.iter().find(|(known, _)| *known == name).map_or("x", |(_, value)| *value)
}

/// Returns a form without a parameter.
fn without<'a>(good: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    good.iter().copied().filter(|(known, _)| *known != name).collect()
}

/// Returns a form with another value of a parameter.
fn with<'a>(good: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form = without(good, name);
    form.push((name, value));
    form
}

/// Posts any bytes as anything, from a browser that has its cookies.
async fn post(agent: &mut Agent, path: &str, content_type: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = agent.with_cookies(Request::post(path));
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    agent.send(request.body(body.into()).unwrap()).await
}

/// Checks an error of an OAuth endpoint (RFC 6749 §5.2): its code and its sentence name what is wrong.
fn assert_error(what: &str, answer: &Answer, status: StatusCode, error: &str, names: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{what}: {}", answer.text);
    assert!(says(error, &answer.description(), names), "{what}: {}", answer.description());
    assert_eq!(answer.header(header::CACHE_CONTROL), Some("no-store"), "{what}");
    assert_eq!(answer.header(header::CONTENT_TYPE), Some("application/json"), "{what}");
    assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE) == (status == StatusCode::UNAUTHORIZED), "{what}");
}

/// Tells whether an error names a parameter; a sentence may write a space for its underscore.
fn says(error: &str, description: &str, names: &str) -> bool {
    let joined = |text: &str| text.replace(' ', "_");
    // RFC 6749 §4.1.2.1 and §5.2: the characters of an error_description.
    let is_allowed = |c: char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
    description.chars().all(is_allowed) && joined(&format!("{error} {description}")).contains(&joined(names))
}

/// Checks a page that refuses, and sends the browser nowhere.
fn assert_page(what: &str, answer: &Answer) {
    assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::BAD_REQUEST, None), "{what}");
    assert_eq!(answer.header(header::CONTENT_TYPE), Some("text/html; charset=utf-8"), "{what}");
    assert_eq!(answer.header(header::SET_COOKIE), None, "{what}");
}

/// Checks the answer to a form that is too long; RFC 9110 §15.5.14 has a status for it.
fn assert_too_long(what: &str, answer: &Answer) {
    let is_refused = matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE);
    assert!(is_refused, "{what}: {}", answer.status);
    assert_eq!(answer.header(header::LOCATION), None, "{what}");
}

/// Checks that nothing has come into being that could be worth something.
fn assert_nothing_issued(agent: &Agent, before: [usize; 5]) {
    let after = agent.issued();
    assert!(after.iter().zip(before).all(|(after, before)| *after <= before), "{before:?} became {after:?}");
}
