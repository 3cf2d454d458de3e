//! What the provider can do, for clients to read (OpenID Connect Discovery 1.0 §3 and §4, RFC 8414).

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::issuer::Shared;
use crate::{client_auth, grants};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/.well-known/openid-configuration", get(discovery))
}

async fn discovery(State(issuer): State<Shared>) -> Json<Value> {
    let origin = issuer.config.issuer.as_str();
    let at = |path: &str| format!("{origin}{path}");
    let with_secret = &client_auth::METHODS[..2];
    let mut document = json!({
        "issuer": origin,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "introspection_endpoint": at("/introspect"),
        "revocation_endpoint": at("/revoke"),
        "end_session_endpoint": at("/end_session"),
        "scopes_supported": ["openid", "profile", "email", "offline_access", "accounts"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grants::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": client_auth::METHODS,
        "revocation_endpoint_auth_methods_supported": client_auth::METHODS,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid",
            "name", "preferred_username", "email",
        ],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": issuer.settings.iss.is_on(),
        "backchannel_logout_supported": issuer.settings.bcl.is_on(),
        "backchannel_logout_session_supported": issuer.settings.bcl.is_on(),
    });
    // RFC 8414 §2: left out, it says that PKCE is not supported.
    if issuer.settings.pkce.is_on() {
        document["code_challenge_methods_supported"] = json!(["S256"]);
    }
    Json(document)
}
