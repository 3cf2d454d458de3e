//! Pages that carry something on by themselves: an answer to the client, the end of a session to its applications.
//!
//! Each works without script where the specification lets it, by a button or a link.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use url::Url;

use super::STYLE;
use super::policy::{Framing, Parts, page_with};
use crate::issuer::Issuer;
use crate::sessions::BROWSER_STATE;

const FORM_POST: &str = include_str!("../../templates/form_post.js");
const WEB_MESSAGE: &str = include_str!("../../templates/web_message.js");
const FRONT_CHANNEL: &str = include_str!("../../templates/front_channel.js");
const CHECK_SESSION: &str = include_str!("../../templates/check_session.js");

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    style: &'static str,
    script: &'static str,
    action: &'a str,
    fields: &'a [(String, String)],
}

#[derive(Template)]
#[template(path = "web_message.html")]
struct WebMessage<'a> {
    style: &'static str,
    script: &'static str,
    target: &'a str,
    response: String,
}

#[derive(Template)]
#[template(path = "front_channel.html")]
struct FrontChannel<'a> {
    style: &'static str,
    script: &'static str,
    frames: &'a [String],
    return_to: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "check_session.html")]
struct CheckSession {
    style: &'static str,
    script: &'static str,
    cookie: &'static str,
}

/// Posts an answer to the client (OAuth 2.0 Form Post Response Mode §2).
pub(crate) fn form_post(action: &str, fields: &[(String, String)]) -> Response {
    let template = FormPost { style: STYLE, script: FORM_POST, action, fields };
    with_script(&Framing::Nobody, FORM_POST, &[], &template)
}

/// Hands an answer to the window that opened or frames the page, if it is of the client's origin.
///
/// Source: draft-sakimura-oauth-wmrm §4.
pub(crate) fn web_message(issuer: &Issuer, target: &str, parameters: &[(String, String)]) -> Response {
    let members = parameters.iter().map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())));
    let response = serde_json::Value::Object(members.collect()).to_string();
    let template = WebMessage { style: STYLE, script: WEB_MESSAGE, target, response };
    let framing = if issuer.settings.frame.is_on() { Framing::Origin(target.to_owned()) } else { Framing::Anybody };
    with_script(&framing, WEB_MESSAGE, &[], &template)
}

/// Frames the sign-out addresses of a session's applications, and goes on.
///
/// Source: OpenID Connect Front-Channel Logout 1.0 §2.
pub(crate) fn front_channel(frames: &[String], return_to: Option<&str>) -> Response {
    let origins: Vec<String> =
        frames.iter().filter_map(|uri| Some(Url::parse(uri).ok()?.origin().ascii_serialization())).collect();
    let template = FrontChannel { style: STYLE, script: FRONT_CHANNEL, frames, return_to };
    with_script(&Framing::Nobody, FRONT_CHANNEL, &origins, &template)
}

/// The page that a client frames to ask whether the session has changed.
///
/// Source: OpenID Connect Session Management 1.0 §3.2 and §3.3.
pub(crate) fn check_session() -> Response {
    let template = CheckSession { style: STYLE, script: CHECK_SESSION, cookie: BROWSER_STATE };
    with_script(&Framing::Anybody, CHECK_SESSION, &[], &template)
}

fn with_script(framing: &Framing, script: &str, frames: &[String], template: &impl Template) -> Response {
    page_with(StatusCode::OK, framing, &Parts { script: Some(script), frames }, template)
}
