//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2).

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use hosting::Kind;
use http::HeaderMap;

use super::par;
use crate::authorization_request::{self, AuthorizationRequest, Came, Interaction, Refused};
use crate::authorization_response::{proceed, with_error};
use crate::issuer::{Issuer, Shared};
use crate::oauth_error::{Code, OAuthError};
use crate::pages::{self, LoginForm};
use crate::parameters::{Parameters, PostedForm};
use crate::sessions::{ACR_TWO_FACTORS, Session};

/// How long a login form can be filled in, in seconds.
const FORM_LIFE_S: u64 = 600;

pub(super) fn routes() -> Router<Shared> {
    // OpenID Connect Core 1.0 §3.1.2.1 asks for both methods.
    Router::new().route("/authorize", get(from_query).post(from_form))
}

async fn from_query(State(issuer): State<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    authorize(&issuer, &headers, &Parameters::read(&query.unwrap_or_default()))
}

async fn from_form(State(issuer): State<Shared>, headers: HeaderMap, PostedForm(form): PostedForm) -> Response {
    authorize(&issuer, &headers, &form)
}

fn authorize(issuer: &Issuer, headers: &HeaderMap, parameters: &Parameters) -> Response {
    let checked = match par::pushed(issuer, parameters) {
        Ok(Some(pushed)) => authorization_request::check(issuer, &pushed, Came::Pushed),
        Ok(None) => authorization_request::check(issuer, parameters, Came::ByBrowser),
        Err(text) => return pages::refused(&text),
    };
    let request = match checked {
        Ok(request) => request,
        Err(Refused::OnPage(text)) => return pages::refused(&text),
        Err(Refused::ToClient(reply_to, error)) => return with_error(issuer, &reply_to, &error),
    };
    let session = issuer.session_of(headers).filter(|session| satisfies(issuer, session, &request));
    match session {
        Some(session) if !request.interaction.demands_password() => proceed(issuer, request, &session),
        None if request.interaction == Interaction::Never => {
            let error = OAuthError::new(Code::LoginRequired, "nobody is signed in who fits the request");
            with_error(issuer, &request.reply_to, &error)
        }
        _ => ask_to_sign_in(issuer, request),
    }
}

/// Source: OpenID Connect Core 1.0 §3.1.2.1, `max_age`, `id_token_hint` and `acr_values`.
fn satisfies(issuer: &Issuer, session: &Session, request: &AuthorizationRequest) -> bool {
    let age_s = issuer.now_s().saturating_sub(session.auth_time_s);
    // `acr_values` is a wish: nobody is asked for a factor that they do not have.
    let has_second = || issuer.registry.user(&session.sub).is_some_and(|user| user.one_time_code.is_some());
    request.max_age_s.is_none_or(|max_age_s| max_age_s > 0 && age_s <= max_age_s)
        && request.hinted_sub.as_ref().is_none_or(|sub| **sub == *session.sub)
        && (!request.wants_two_factors || session.acr == ACR_TWO_FACTORS || !has_second())
}

fn ask_to_sign_in(issuer: &Issuer, request: AuthorizationRequest) -> Response {
    let transaction = issuer.mint(Kind::OneTime);
    let client = issuer.registry.client(&request.client_id);
    let form = LoginForm {
        client: client.as_ref().map_or(&request.client_id, |client| client.shown_name()),
        transaction: &transaction,
        username: request.login_hint.as_deref().unwrap_or_default(),
        asks_for_code: request.wants_two_factors,
    };
    let page = pages::login(issuer, &form);
    issuer.pending.insert(&transaction, issuer.now_s().saturating_add(FORM_LIFE_S), request);
    page
}
