//! The answer to an authorization request: a code or an error, in the mode that the client wished (RFC 6749 §4.1.2).

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use hosting::Kind;
use http::{StatusCode, header};
use url::Url;

use crate::authorization_request::{AuthorizationRequest, ReplyTo, ResponseMode};
use crate::consent::{self, Question};
use crate::events::{Happened, Note};
use crate::grants::authorization_code::AuthorizationCode;
use crate::issuer::Issuer;
use crate::misbehaviour::{self, Lie};
use crate::oauth_error::{Code, OAuthError};
use crate::pages;
use crate::session_management::session_state;
use crate::sessions::{ACR_PASSWORD, Session};

/// How long the question for consent can be answered, in seconds.
const QUESTION_LIFE_S: u64 = 600;

/// An answer before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) redirect_uri: String,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) mode: ResponseMode,
}

/// Whose code a lie puts in place of the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// Another user's.
    User,
    /// One that was issued to another client.
    Client,
}

/// Sends the browser back with a fresh code, or asks for the user's consent first.
pub(crate) fn proceed(issuer: &Issuer, request: AuthorizationRequest, session: &Session) -> Response {
    if !consent::is_needed(issuer, &request, session) {
        return with_code(issuer, &request, session);
    }
    if request.interaction == crate::authorization_request::Interaction::Never {
        let error = OAuthError::new(Code::ConsentRequired, "the user has not consented to this yet");
        return with_error(issuer, &request.reply_to, &error);
    }
    let ticket = issuer.mint(Kind::OneTime);
    let name = issuer.registry.client(&request.client_id).map(|client| client.shown_name().to_owned());
    let scopes: Vec<String> = request.scope.values().map(str::to_owned).collect();
    let page = pages::consent(issuer, &name.unwrap_or_default(), &issuer.username_of(session), &ticket, &scopes);
    let question = Question { request, sid: Arc::clone(&session.sid) };
    issuer.questions.insert(&ticket, issuer.now_s().saturating_add(QUESTION_LIFE_S), question);
    page
}

/// Sends the browser back with a fresh code.
pub(crate) fn with_code(issuer: &Issuer, request: &AuthorizationRequest, session: &Session) -> Response {
    let code = issuer.mint_code(request, session);
    let mut answer = answer(issuer, &request.reply_to, vec![("code".to_owned(), code)]);
    if issuer.settings.session_management.is_on()
        && let Some(state) = session_state(&request.client_id, &request.reply_to.redirect_uri, &session.browser_state)
    {
        answer.parameters.push(("session_state".to_owned(), state));
    }
    let lie = issuer.lie(Some(&request.client_id), |lie| match lie {
        Lie::AuthorizationResponse(lie) => Some(lie),
        _ => None,
    });
    if let Some(lie) = lie {
        misbehaviour::authorization_response::tell(issuer, lie, request, session, &mut answer);
    }
    send(issuer, &answer)
}

/// Sends the browser back with an error.
pub(crate) fn with_error(issuer: &Issuer, reply_to: &ReplyTo, error: &OAuthError) -> Response {
    let parameters = vec![
        ("error".to_owned(), error.code.as_str().to_owned()),
        ("error_description".to_owned(), error.description.clone()),
    ];
    send(issuer, &answer(issuer, reply_to, parameters))
}

fn answer(issuer: &Issuer, reply_to: &ReplyTo, mut parameters: Vec<(String, String)>) -> Answer {
    if let Some(state) = &reply_to.state {
        parameters.push(("state".to_owned(), state.clone()));
    }
    // RFC 9207 §2: in error responses too.
    if issuer.settings.iss.is_on() {
        parameters.push(("iss".to_owned(), issuer.config.issuer.to_string()));
    }
    Answer { redirect_uri: reply_to.redirect_uri.clone(), parameters, mode: reply_to.mode }
}

fn send(issuer: &Issuer, answer: &Answer) -> Response {
    let Ok(mut url) = Url::parse(&answer.redirect_uri) else {
        return pages::refused(&format!("“{}” is not an address.", answer.redirect_uri));
    };
    match answer.mode {
        ResponseMode::Query => {
            url.query_pairs_mut().extend_pairs(&answer.parameters);
            see_other(url.as_str())
        }
        ResponseMode::Fragment => {
            let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&answer.parameters).finish();
            url.set_fragment(Some(&text));
            see_other(url.as_str())
        }
        ResponseMode::FormPost => pages::form_post(&answer.redirect_uri, &answer.parameters),
        ResponseMode::WebMessage => pages::web_message(issuer, &url.origin().ascii_serialization(), &answer.parameters),
    }
}

impl Issuer {
    /// Makes a code for what was asked, in a user's name.
    fn mint_code(&self, request: &AuthorizationRequest, session: &Session) -> String {
        let value = self.mint(Kind::Code);
        let note = Note {
            credential: Some((Kind::Code, &value)),
            client_id: Some(Arc::clone(&request.client_id)),
            sub: Some(Arc::clone(&session.sub)),
            correlation: Some(Arc::clone(&request.correlation)),
            detail: None,
        };
        self.note(Happened::Issued, note);
        let code = AuthorizationCode {
            client_id: Arc::clone(&request.client_id),
            redirect_uri: request.reply_to.redirect_uri.clone(),
            code_challenge: request.code_challenge.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            nonce: request.nonce.clone(),
            scope: request.scope.clone(),
            resources: request.resources.clone(),
            sub: session.sub.clone(),
            sid: session.sid.clone(),
            auth_time_s: session.auth_time_s,
            acr: session.acr,
            correlation: request.correlation.clone(),
            redeemed: None,
        };
        self.codes.insert(&value, self.now_s().saturating_add(self.settings.code_life_s), code);
        value
    }

    /// Makes a code that the client should never get, for a lie about the sign-in that this session has answered.
    ///
    /// It works at whoever it belongs to; where nobody else is registered, it works nowhere.
    pub(crate) fn foreign_code(&self, request: &AuthorizationRequest, session: &Session, foreign: Foreign) -> String {
        match foreign {
            Foreign::User => self.code_of_another_user(request, &session.sub),
            Foreign::Client => {
                let others = self.registry.clients();
                let other =
                    others.iter().find(|client| *client.id != *request.client_id && !client.redirect_uris.is_empty());
                let client_id = other.map_or("somebody-else", |client| client.id.as_str()).into();
                self.mint_code(&AuthorizationRequest { client_id, ..request.clone() }, session)
            }
        }
    }

    fn code_of_another_user(&self, request: &AuthorizationRequest, sub: &str) -> String {
        let users = self.registry.users();
        let Some(another) = users.iter().find(|user| !user.disabled && user.sub != sub) else {
            return self.mint(Kind::Code);
        };
        let expires_s = self.now_s().saturating_add(self.settings.session_life_s);
        let session = self.new_session(another, ACR_PASSWORD, &request.correlation, expires_s);
        self.mint_code(request, &session)
    }
}

/// Sends the browser on with GET, so that a posted password is never posted again (RFC 9700 §4.12).
pub(crate) fn see_other(url: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, url), (header::CACHE_CONTROL, "no-store")]).into_response()
}
