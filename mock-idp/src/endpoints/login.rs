//! Where the login form is posted to.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::{HeaderMap, StatusCode, header};

use crate::authorization_request::AuthorizationRequest;
use crate::authorization_response::{proceed, with_error};
use crate::issuer::{Issuer, Shared};
use crate::oauth_error::{Code, OAuthError};
use crate::pages::LoginForm;
use crate::parameters::{Parameters, PostedForm};
use crate::sessions::{ACR_PASSWORD, ACR_TWO_FACTORS};
use crate::users::User;
use crate::{logout, pages};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/login", post(login))
}

async fn login(State(issuer): State<Shared>, headers: HeaderMap, PostedForm(form): PostedForm) -> Response {
    if !issuer.is_from_own_page(&headers) {
        return pages::foreign();
    }
    let transaction = form.get("transaction").unwrap_or_default();
    let Some(request) = issuer.pending.get(transaction) else { return expired() };
    let Some((user, acr)) = recognise(&issuer, &request, &form) else { return again(&issuer, &request, &form) };
    // Taken only now, so that a mistyped password can be typed again.
    if issuer.pending.remove(transaction).is_none() {
        return expired();
    }
    if request.hinted_sub.as_ref().is_some_and(|sub| *sub != user.sub) {
        let error = OAuthError::new(Code::LoginRequired, "somebody else signed in than the id_token_hint names");
        return with_error(&issuer, &request.reply_to, &error);
    }
    // Two users never share a browser's session: the other one's ends, and its applications hear of it.
    if let Some(other) = issuer.session_of(&headers).filter(|session| *session.sub != *user.sub) {
        logout::end_session(&issuer, &other.sid).await;
    }
    let (session, cookies) = issuer.begin_session(&user, acr, &request, &headers);
    let mut response = proceed(&issuer, request, &session);
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if !issuer.settings.see_other.is_on() && response.status() == StatusCode::SEE_OTHER {
        *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    }
    response
}

/// Returns the user whom the form proves, and by how many factors.
fn recognise(issuer: &Issuer, request: &AuthorizationRequest, form: &Parameters) -> Option<(Arc<User>, &'static str)> {
    let (username, password) = (form.get("username")?, form.get("password")?);
    let user = issuer.registry.user_with_password(username, password)?;
    if !request.wants_two_factors || user.one_time_code.is_none() {
        return Some((user, ACR_PASSWORD));
    }
    user.has_one_time_code(form.get("one_time_code")?).then_some((user, ACR_TWO_FACTORS))
}

fn again(issuer: &Issuer, request: &AuthorizationRequest, form: &Parameters) -> Response {
    let client = issuer.registry.client(&request.client_id);
    let form = LoginForm {
        client: client.as_ref().map_or(&request.client_id, |client| client.shown_name()),
        transaction: form.get("transaction").unwrap_or_default(),
        username: form.get("username").unwrap_or_default(),
        asks_for_code: request.wants_two_factors,
    };
    pages::login_again(issuer, &form)
}

fn expired() -> Response {
    pages::refused("This form was used already, or waited too long. Go back to the application and sign in again.")
}
