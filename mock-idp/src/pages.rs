//! The provider's pages: sign in, consent, confirm a sign-out, say what happened, and carry an answer on.

mod carriers;
mod policy;

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use crate::issuer::Issuer;

pub(crate) use carriers::{check_session, form_post, front_channel, web_message};
use policy::{Framing, page};

const STYLE: &str = include_str!("../templates/style.css");

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    style: &'static str,
    client: &'a str,
    transaction: &'a str,
    username: &'a str,
    asks_for_code: bool,
    error: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct Consent<'a> {
    style: &'static str,
    client: &'a str,
    username: &'a str,
    ticket: &'a str,
    scopes: Vec<(&'a str, &'static str)>,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm<'a> {
    style: &'static str,
    username: &'a str,
    confirmation: &'a str,
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    style: &'static str,
    title: &'a str,
    text: &'a str,
}

/// What the login form shows.
pub(crate) struct LoginForm<'a> {
    /// The application's name.
    pub(crate) client: &'a str,
    pub(crate) transaction: &'a str,
    /// What was typed, or hinted.
    pub(crate) username: &'a str,
    /// Whether a second factor is asked for.
    pub(crate) asks_for_code: bool,
}

/// The login form.
pub(crate) fn login(issuer: &Issuer, form: &LoginForm<'_>) -> Response {
    login_with(issuer, StatusCode::OK, form, None)
}

/// The login form again, after a wrong name, password or code.
pub(crate) fn login_again(issuer: &Issuer, form: &LoginForm<'_>) -> Response {
    let error = if form.asks_for_code {
        "The user name, the password or the one-time code is wrong."
    } else {
        "The user name or the password is wrong."
    };
    login_with(issuer, StatusCode::BAD_REQUEST, form, Some(error))
}

fn login_with(issuer: &Issuer, status: StatusCode, form: &LoginForm<'_>, error: Option<&str>) -> Response {
    let LoginForm { client, transaction, username, asks_for_code } = *form;
    let template = Login { style: STYLE, client, transaction, username, asks_for_code, error };
    page(status, &Framing::of(issuer), &template)
}

/// The question what an application may have.
pub(crate) fn consent(issuer: &Issuer, client: &str, username: &str, ticket: &str, scopes: &[String]) -> Response {
    let scopes = scopes.iter().map(|scope| (scope.as_str(), meaning(scope))).collect();
    page(StatusCode::OK, &Framing::of(issuer), &Consent { style: STYLE, client, username, ticket, scopes })
}

/// Says what a scope lets an application do, to somebody who does not know the word.
fn meaning(scope: &str) -> &'static str {
    match scope {
        "openid" => "know that it is you",
        "profile" => "read your name and your roles",
        "email" => "read your address of electronic mail",
        "offline_access" => "act for you while you are away",
        _ => "use this service for you",
    }
}

/// The question whether to sign out.
pub(crate) fn confirm(issuer: &Issuer, username: &str, confirmation: &str) -> Response {
    page(StatusCode::OK, &Framing::of(issuer), &Confirm { style: STYLE, username, confirmation })
}

/// Says that the session is over.
pub(crate) fn signed_out() -> Response {
    message(StatusCode::OK, "You are signed out", "Your session at this provider has ended.")
}

/// Says that nothing has changed.
pub(crate) fn still_signed_in() -> Response {
    message(StatusCode::OK, "You are still signed in", "Nothing has changed. You can close this page.")
}

/// Says why a request was refused, without sending the browser anywhere.
pub(crate) fn refused(text: &str) -> Response {
    message(StatusCode::BAD_REQUEST, "This request was refused", text)
}

/// Says that a form came from another site.
pub(crate) fn foreign() -> Response {
    let text = "The form was not sent by a page of this provider.";
    message(StatusCode::FORBIDDEN, "This request was refused", text)
}

fn message(status: StatusCode, title: &str, text: &str) -> Response {
    page(status, &Framing::Nobody, &Message { style: STYLE, title, text })
}
