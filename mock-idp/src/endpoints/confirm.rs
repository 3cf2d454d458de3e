//! Where the answer to “sign out?” is posted to.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::HeaderMap;

use super::end_session::signed_out;
use crate::issuer::Shared;
use crate::parameters::PostedForm;
use crate::{logout, pages};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/end_session/confirm", post(confirm))
}

async fn confirm(State(issuer): State<Shared>, headers: HeaderMap, PostedForm(form): PostedForm) -> Response {
    if !issuer.is_from_own_page(&headers) {
        return pages::foreign();
    }
    let confirmation = form.get("confirmation").and_then(|ticket| issuer.confirmations.remove(ticket));
    let session = issuer.session_of(&headers);
    // Only the browser that was asked can answer.
    let Some(confirmation) = confirmation.filter(|known| session.is_some_and(|session| session.sid == known.sid))
    else {
        return pages::refused("This question was answered already, or waited too long.");
    };
    if form.get("decision") != Some("sign-out") {
        return pages::still_signed_in();
    }
    let ended = logout::end_session(&issuer, &confirmation.sid).await;
    signed_out(&issuer, &ended, confirmation.return_to.as_deref())
}
