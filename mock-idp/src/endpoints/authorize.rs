//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2).

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use hosting::Kind;
use http::HeaderMap;

use crate::authorization_request::{self, AuthorizationRequest, Interaction, Refused};
use crate::authorization_response::{with_code, with_error};
use crate::issuer::{Issuer, Shared};
use crate::oauth_error::{Code, OAuthError};
use crate::pages;
use crate::parameters::Parameters;
use crate::sessions::Session;

/// How long a login form can be filled in, in seconds.
const FORM_LIFE_S: u64 = 600;

pub(super) fn routes() -> Router<Shared> {
    // OpenID Connect Core 1.0 §3.1.2.1 asks for both methods.
    Router::new().route("/authorize", get(from_query).post(from_form))
}

async fn from_query(State(issuer): State<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    authorize(&issuer, &headers, &Parameters::read(&query.unwrap_or_default()))
}

async fn from_form(State(issuer): State<Shared>, headers: HeaderMap, form: String) -> Response {
    authorize(&issuer, &headers, &Parameters::read(&form))
}

fn authorize(issuer: &Issuer, headers: &HeaderMap, parameters: &Parameters) -> Response {
    let request = match authorization_request::check(issuer, parameters) {
        Ok(request) => request,
        Err(Refused::OnPage(text)) => return pages::refused(&text),
        Err(Refused::ToClient(reply_to, error)) => return with_error(issuer, &reply_to, &error),
    };
    let session = issuer.session_of(headers).filter(|session| satisfies(issuer, session, &request));
    match (session, request.interaction) {
        (Some(session), Interaction::Never | Interaction::IfNeeded) => with_code(issuer, &request, &session),
        (None, Interaction::Never) => {
            let error = OAuthError::new(Code::LoginRequired, "nobody is signed in who fits the request");
            with_error(issuer, &request.reply_to, &error)
        }
        (_, Interaction::Always) | (None, Interaction::IfNeeded) => ask_to_sign_in(issuer, request),
    }
}

/// Source: OpenID Connect Core 1.0 §3.1.2.1, `max_age` and `id_token_hint`.
fn satisfies(issuer: &Issuer, session: &Session, request: &AuthorizationRequest) -> bool {
    let age_s = issuer.now_s().saturating_sub(session.auth_time_s);
    request.max_age_s.is_none_or(|max_age_s| age_s <= max_age_s)
        && request.hinted_sub.as_ref().is_none_or(|sub| *sub == session.sub)
}

fn ask_to_sign_in(issuer: &Issuer, request: AuthorizationRequest) -> Response {
    let transaction = issuer.mint(Kind::OneTime);
    let page = pages::login(&request.client_id, &transaction, request.login_hint.as_deref().unwrap_or_default());
    issuer.pending.insert(&transaction, issuer.now_s() + FORM_LIFE_S, request);
    page
}
