//! Where the answer to “allow?” is posted to.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::HeaderMap;

use crate::authorization_response::{with_code, with_error};
use crate::issuer::Shared;
use crate::oauth_error::{Code, OAuthError};
use crate::pages;
use crate::parameters::PostedForm;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/consent", post(consent))
}

async fn consent(State(issuer): State<Shared>, headers: HeaderMap, PostedForm(form): PostedForm) -> Response {
    if !issuer.is_from_own_page(&headers) {
        return pages::foreign();
    }
    let session = issuer.session_of(&headers);
    let question = form.get("question").and_then(|ticket| issuer.questions.remove(ticket));
    // Only the session that was asked can answer.
    let (Some(question), Some(session)) = (question, session) else { return gone() };
    if question.sid != session.sid {
        return gone();
    }
    let request = question.request;
    if form.get("decision") != Some("allow") {
        let error = OAuthError::new(Code::AccessDenied, "the user does not allow it");
        return with_error(&issuer, &request.reply_to, &error);
    }
    issuer.consents.give(&session.sub, &request.client_id, &request.scope);
    with_code(&issuer, &request, &session)
}

fn gone() -> Response {
    pages::refused("This question was answered already, or waited too long. Go back to the application and try again.")
}
