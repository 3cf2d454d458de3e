//! Authorization requests that a client pushes itself, so that nobody at the browser can change them (RFC 9126).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use hosting::Kind;
use http::{Method, StatusCode, header};
use serde_json::json;

use crate::authorization_request::{self, Came, Refused};
use crate::client_auth::Presented;
use crate::client_call::ClientCall;
use crate::clients::Client;
use crate::cors;
use crate::dpop::{self, Occasion};
use crate::issuer::{Issuer, Shared};
use crate::oauth_error::{Code, OAuthError};
use crate::parameters::Parameters;

/// The beginning of every `request_uri` that is made here (RFC 9126 §2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

const PATH: &str = "/par";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(PATH, post(push).merge(cors::options("POST, OPTIONS")))
}

async fn push(State(issuer): State<Shared>, call: ClientCall) -> Response {
    match call.authenticate(&issuer, PATH) {
        Ok((presented, client)) => call.answer(&issuer, Some(&client), keep(&issuer, &client, &presented)),
        Err(refused) => call.answer(&issuer, None, refused),
    }
}

/// Keeps a request until the browser comes with its name.
fn keep(issuer: &Issuer, client: &Client, presented: &Presented<'_>) -> Result<Response, OAuthError> {
    let mut form = presented.parameters.clone();
    // RFC 9126 §2.1: not a request that names another one.
    if form.get("request_uri").is_some() {
        return Err(OAuthError::new(Code::InvalidRequest, "a pushed request has no request_uri"));
    }
    // RFC 9449 §10.1: the proof stands for dpop_jkt.
    let occasion =
        Occasion { method: &Method::POST, path: PATH, access_token: None, client_id: Some(client.id.as_str()) };
    if let Some(thumbprint) = dpop::check(issuer, presented.headers, &occasion)? {
        if form.get("dpop_jkt").is_some_and(|named| named != thumbprint) {
            return Err(OAuthError::new(Code::InvalidDpopProof, "the dpop_jkt is not the key of the DPoP proof"));
        }
        form.set("dpop_jkt", &thumbprint);
    }
    form.set("client_id", &client.id);
    if let Err(refused) = authorization_request::check(issuer, &form, Came::Pushed) {
        return Err(match refused {
            Refused::OnPage(text) => OAuthError::new(Code::InvalidRequest, text),
            Refused::ToClient(_, error) => error,
        });
    }
    // Neither the client's secrets nor what nobody will read.
    form.keep(authorization_request::PARAMETERS);
    let request_uri = format!("{PREFIX}{}", issuer.mint(Kind::OneTime));
    let life_s = issuer.settings.par_life_s;
    issuer.pushed.insert(&request_uri, issuer.now_s().saturating_add(life_s), form);
    let body = Json(json!({"request_uri": request_uri, "expires_in": life_s}));
    let mut response = (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], body).into_response();
    dpop::say_nonce(issuer, presented.headers, response.headers_mut(), Some(&client.id));
    Ok(response)
}

/// Returns the request that an authorization request refers to; it serves once.
///
/// Source: RFC 9126 §4: what else stands in the query is not read.
pub(super) fn pushed(issuer: &Issuer, parameters: &Parameters) -> Result<Option<Parameters>, String> {
    let Some(uri) = parameters.get("request_uri").filter(|uri| uri.starts_with(PREFIX)) else { return Ok(None) };
    let gone = || "The request was used already, or waited too long. Go back to the application and try again.";
    let pushed = issuer.pushed.get(uri).ok_or_else(gone)?;
    if pushed.get("client_id") != parameters.get("client_id") {
        return Err("The request was pushed by another client.".to_owned());
    }
    issuer.pushed.remove(uri).map(Some).ok_or_else(|| gone().to_owned())
}
