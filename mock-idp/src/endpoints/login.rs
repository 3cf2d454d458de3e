//! Where the login form is posted to.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::{HeaderMap, header};

use crate::authorization_response::{with_code, with_error};
use crate::issuer::Shared;
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;
use crate::{logout, pages};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/login", post(login))
}

async fn login(State(issuer): State<Shared>, headers: HeaderMap, form: String) -> Response {
    if !issuer.is_from_own_page(&headers) {
        return pages::foreign();
    }
    let form = Parameters::read(&form);
    let transaction = form.get("transaction").unwrap_or_default();
    let Some(request) = issuer.pending.get(transaction) else { return expired() };
    let username = form.get("username").unwrap_or_default();
    let user = issuer.config.user_with_password(username, form.get("password").unwrap_or_default());
    let Some(user) = user else { return pages::login_again(&request.client_id, transaction, username) };
    // Taken only now, so that a mistyped password can be typed again.
    if issuer.pending.remove(transaction).is_none() {
        return expired();
    }
    if request.hinted_sub.as_ref().is_some_and(|sub| *sub != user.sub) {
        let error = OAuthError::new(Code::LoginRequired, "somebody else signed in than the id_token_hint names");
        return with_error(&issuer, &request.reply_to, &error);
    }
    // Two users never share a browser's session: the other one's ends, and its applications hear of it.
    if let Some(other) = issuer.session_of(&headers).filter(|session| session.sub != user.sub) {
        logout::end_session(&issuer, &other.sid).await;
    }
    let (session, cookie) = issuer.begin_session(user, &headers);
    let mut response = with_code(&issuer, &request, &session);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

fn expired() -> Response {
    pages::refused("This form was used already, or waited too long. Go back to the application and sign in again.")
}
