//! The answer to an authorization request: a redirect with a code or an error (RFC 6749 §4.1.2).

use axum::response::{IntoResponse, Response};
use hosting::Kind;
use http::{StatusCode, header};
use url::Url;

use crate::authorization_request::{AuthorizationRequest, ReplyTo};
use crate::grants::authorization_code::AuthorizationCode;
use crate::issuer::Issuer;
use crate::oauth_error::OAuthError;
use crate::pages;
use crate::sessions::Session;

/// Sends the browser back with a fresh code.
pub(crate) fn with_code(issuer: &Issuer, request: &AuthorizationRequest, session: &Session) -> Response {
    let value = issuer.mint(Kind::Code);
    let code = AuthorizationCode {
        client_id: request.client_id.clone(),
        redirect_uri: request.reply_to.redirect_uri.clone(),
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
        scope: request.scope.clone(),
        sub: session.sub.clone(),
        sid: session.sid.clone(),
        auth_time_s: session.auth_time_s,
        redeemed: None,
    };
    issuer.codes.insert(&value, issuer.now_s().saturating_add(issuer.settings.code_life_s), code);
    redirect(issuer, &request.reply_to, &[("code", &value)])
}

/// Sends the browser back with an error.
pub(crate) fn with_error(issuer: &Issuer, reply_to: &ReplyTo, error: &OAuthError) -> Response {
    redirect(issuer, reply_to, &[("error", error.code.as_str()), ("error_description", &error.description)])
}

fn redirect(issuer: &Issuer, reply_to: &ReplyTo, answer: &[(&str, &str)]) -> Response {
    let Ok(mut url) = Url::parse(&reply_to.redirect_uri) else {
        return pages::refused(&format!("“{}” is not an address.", reply_to.redirect_uri));
    };
    {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(answer);
        if let Some(state) = &reply_to.state {
            query.append_pair("state", state);
        }
        // RFC 9207 §2: in error responses too.
        if issuer.settings.iss.is_on() {
            query.append_pair("iss", issuer.config.issuer.as_str());
        }
    }
    see_other(url.as_str())
}

/// Sends the browser on with GET, so that a posted password is never posted again (RFC 9700 §4.12).
pub(crate) fn see_other(url: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, url), (header::CACHE_CONTROL, "no-store")]).into_response()
}
