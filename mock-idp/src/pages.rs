//! The provider's pages: sign in, confirm a sign-out, say what happened.

use std::sync::LazyLock;

use askama::Template;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, StatusCode, header};

const STYLE: &str = include_str!("../templates/style.css");

/// The pages run no script, load nothing and cannot be framed.
///
/// There is no `form-action`: browsers hold it against the redirect that answers the form, which leads to the client.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(hosting::sha256(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'")
});

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    style: &'static str,
    client_id: &'a str,
    transaction: &'a str,
    username: &'a str,
    error: Option<&'a str>,
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

/// The login form.
pub(crate) fn login(client_id: &str, transaction: &str, username: &str) -> Response {
    page(StatusCode::OK, &Login { style: STYLE, client_id, transaction, username, error: None })
}

/// The login form again, after a wrong name or password.
pub(crate) fn login_again(client_id: &str, transaction: &str, username: &str) -> Response {
    let error = Some("The user name or the password is wrong.");
    page(StatusCode::BAD_REQUEST, &Login { style: STYLE, client_id, transaction, username, error })
}

/// The question whether to sign out.
pub(crate) fn confirm(username: &str, confirmation: &str) -> Response {
    page(StatusCode::OK, &Confirm { style: STYLE, username, confirmation })
}

/// Says that the session is over.
pub(crate) fn signed_out() -> Response {
    let text = "Your session at this provider has ended.";
    page(StatusCode::OK, &Message { style: STYLE, title: "You are signed out", text })
}

/// Says that nothing has changed.
pub(crate) fn still_signed_in() -> Response {
    let text = "Nothing has changed. You can close this page.";
    page(StatusCode::OK, &Message { style: STYLE, title: "You are still signed in", text })
}

/// Says why a request was refused, without sending the browser anywhere.
pub(crate) fn refused(text: &str) -> Response {
    page(StatusCode::BAD_REQUEST, &Message { style: STYLE, title: "This request was refused", text })
}

/// Says that a form came from another site.
pub(crate) fn foreign() -> Response {
    let text = "The form was not sent by a page of this provider.";
    page(StatusCode::FORBIDDEN, &Message { style: STYLE, title: "This request was refused", text })
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    let html = template.render().expect("a template of strings renders");
    let headers: [(HeaderName, &str); 6] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, &POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: a form that such a page posts says `Origin: null`.
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, html).into_response()
}
