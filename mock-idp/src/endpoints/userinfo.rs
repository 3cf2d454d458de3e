//! Who the user is, for whoever holds an access token (OpenID Connect Core 1.0 §5.3, RFC 6750, RFC 9449 §7, RFC 8705 §3).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use hosting::{ClientCertificate, Kind};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::binding::Binding;
use crate::cors;
use crate::dpop::{self, Occasion};
use crate::events::Happened;
use crate::issuer::{Issuer, Shared};
use crate::keys::SigningAlgorithm;
use crate::oauth_error::{Code, OAuthError};

const PATH: &str = "/userinfo";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(PATH, get(userinfo).post(userinfo).merge(cors::options("GET, HEAD, POST, OPTIONS")))
}

async fn userinfo(
    State(issuer): State<Shared>,
    certificate: Option<Extension<ClientCertificate>>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let certificate = certificate.map(|Extension(certificate)| certificate);
    let client = presented(&headers)
        .and_then(|presented| issuer.access_token(presented.token))
        .and_then(|(_, grant)| issuer.registry.client(&grant.client_id));
    let answer = answer(&issuer, &method, &headers, certificate.as_ref());
    cors::readable(&issuer, &headers, client.as_deref(), answer)
}

fn answer(issuer: &Issuer, method: &Method, headers: &HeaderMap, certificate: Option<&ClientCertificate>) -> Response {
    if headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
        // RFC 6750 §3.1: more than one way to present a token.
        let error = OAuthError::new(Code::InvalidRequest, "there is more than one authorization header");
        let mut response = error.into_response();
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_request\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        return response;
    }
    let Some(presented) = presented(headers) else {
        // RFC 6750 §3.1: no error code for a request that did not try.
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    };
    match claims(issuer, &presented, method, headers, certificate) {
        Ok(claims) => ([(header::CACHE_CONTROL, "no-store")], Json(claims)).into_response(),
        // RFC 9449 §7.1 and §9: at a protected resource, every failed proof is 401, and the challenge says DPoP.
        Err(error) if presented.scheme == "DPoP" && error.code != Code::InsufficientScope => {
            let algorithms = SigningAlgorithm::names_under(issuer.settings.fapi).join(" ");
            let challenge = format!("DPoP error=\"{}\", algs=\"{algorithms}\"", error.code.as_str());
            let mut response = error.into_response();
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            if let Ok(challenge) = challenge.parse() {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            response
        }
        Err(error) => error.into_response(),
    }
}

/// An access token and how it is presented.
struct Presented<'a> {
    scheme: &'static str,
    token: &'a str,
}

fn presented(headers: &HeaderMap) -> Option<Presented<'_>> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let scheme = ["Bearer", "DPoP"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
    Some(Presented { scheme, token: token.trim() })
}

fn claims(
    issuer: &Issuer,
    presented: &Presented<'_>,
    method: &Method,
    headers: &HeaderMap,
    certificate: Option<&ClientCertificate>,
) -> Result<Value, OAuthError> {
    let invalid = |reason: &str| OAuthError::new(Code::InvalidToken, reason);
    let (token, grant) = issuer
        .access_token(presented.token)
        .ok_or_else(|| invalid("the access token is unknown, has expired or was revoked"))?;
    let is_shown = match &token.binding {
        Binding::Bearer => presented.scheme == "Bearer",
        Binding::Certificate(thumbprint) => {
            presented.scheme == "Bearer"
                && certificate.is_some_and(|certificate| certificate.thumbprint() == *thumbprint)
        }
        Binding::Dpop(thumbprint) => {
            let client_id = Some(&*grant.client_id);
            let occasion = Occasion { method, path: PATH, access_token: Some(presented.token), client_id };
            presented.scheme == "DPoP" && dpop::check(issuer, headers, &occasion)?.as_ref() == Some(thumbprint)
        }
    };
    if !is_shown {
        return Err(invalid(match &token.binding {
            Binding::Bearer => "the access token is bound to no key: present it as Bearer",
            _ => "the access token is bound to a key, and the request does not prove to hold it",
        }));
    }
    if !token.scope.contains("openid") {
        return Err(OAuthError::new(Code::InsufficientScope, "the scope openid is needed"));
    }
    issuer.note_about(Happened::Used, Kind::AccessToken, presented.token, &grant);
    let mut claims = issuer.registry.user(&grant.sub).map(|user| user.claims(&token.scope)).unwrap_or_default();
    claims.insert("sub".to_owned(), json!(&*grant.sub));
    Ok(Value::Object(claims))
}
