//! The token endpoint (RFC 6749 §3.2).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderName, Method, header};
use serde_json::Value;

use crate::binding::Binding;
use crate::client_auth::Presented;
use crate::client_call::ClientCall;
use crate::clients::Client;
use crate::cors;
use crate::dpop::{self, Occasion};
use crate::grants::{self, TokenRequest};
use crate::issuer::{Issuer, Shared};
use crate::misbehaviour::{self, Lie};
use crate::oauth_error::{Code, OAuthError};

const PATH: &str = "/token";

/// RFC 6749 §5.1.
const HEADERS: [(HeaderName, &str); 3] =
    [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(PATH, post(token).merge(cors::options("POST, OPTIONS")))
}

async fn token(State(issuer): State<Shared>, call: ClientCall) -> Response {
    match call.authenticate(&issuer, PATH) {
        Ok((presented, client)) => call.answer(&issuer, Some(&client), answer(&issuer, &client, &presented).await),
        Err(refused) => call.answer(&issuer, None, refused),
    }
}

async fn answer(issuer: &Shared, client: &Arc<Client>, presented: &Presented<'_>) -> Result<Response, OAuthError> {
    let form = presented.parameters;
    let grant_type = form.require("grant_type")?;
    let grant = grants::find(&issuer.settings, grant_type).ok_or_else(|| {
        OAuthError::new(Code::UnsupportedGrantType, format!("the grant type {grant_type} is not supported"))
    })?;
    if !client.may_use(grant_type) {
        let reason = format!("this client may not use the grant {grant_type}");
        return Err(OAuthError::new(Code::UnauthorizedClient, reason));
    }
    let binding = binding(issuer, client, presented)?;
    let lie = issuer.lie(Some(&client.id), |lie| match lie {
        Lie::TokenResponse(lie) => Some(lie),
        _ => None,
    });
    let request = TokenRequest { client, parameters: form, binding, lie };
    let tokens = grant(issuer, &request)?;
    if let Some(sid) = tokens.session_joined.as_deref()
        && let Some(session) = issuer.sessions.get(sid)
    {
        // On the heap, as is the lie below: a request that does neither would carry the room for both from hand to hand.
        Box::pin(crate::logout::announce_early(issuer, client, &session)).await;
    }
    let mut response = match lie {
        None => (HEADERS, tokens.to_json()).into_response(),
        Some(lie) => {
            let tokens = serde_json::to_value(&tokens).unwrap_or(Value::Null);
            Box::pin(misbehaviour::token_response::after(issuer, lie, tokens)).await
        }
    };
    dpop::say_nonce(issuer, presented.headers, response.headers_mut(), Some(&client.id));
    Ok(response)
}

/// Returns what the tokens of a request are bound to.
///
/// # Errors
///
/// When the proof is wrong, or the client or the profile demands one that is not there.
fn binding(issuer: &Issuer, client: &Client, presented: &Presented<'_>) -> Result<Binding, OAuthError> {
    let occasion =
        Occasion { method: &Method::POST, path: PATH, access_token: None, client_id: Some(client.id.as_str()) };
    let must_be_certificate = client.tls_client_certificate_bound_access_tokens;
    if let Some(thumbprint) = dpop::check(issuer, presented.headers, &occasion)?.filter(|_| !must_be_certificate) {
        return Ok(Binding::Dpop(thumbprint));
    }
    if client.dpop_bound_access_tokens {
        return Err(OAuthError::new(Code::InvalidDpopProof, "this client must send a DPoP proof"));
    }
    match presented.certificate {
        // FAPI 2.0 takes either: a certificate that is there is enough.
        Some(certificate) if must_be_certificate || issuer.settings.fapi.is_on() => {
            Ok(Binding::Certificate(certificate.thumbprint()))
        }
        None if must_be_certificate => {
            let reason = "this client must present its certificate: use the endpoints of mtls_endpoint_aliases";
            Err(OAuthError::new(Code::InvalidRequest, reason))
        }
        // FAPI 2.0 Security Profile §5.3.2.1.
        _ if issuer.settings.fapi.is_on() => {
            let reason = "FAPI 2.0 issues sender-constrained tokens only: send a DPoP proof, or present a certificate";
            Err(OAuthError::new(Code::InvalidRequest, reason))
        }
        _ => Ok(Binding::Bearer),
    }
}
