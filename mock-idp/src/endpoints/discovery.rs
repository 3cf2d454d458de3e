//! What the provider can do, for clients to read (OpenID Connect Discovery 1.0 §3 and §4, RFC 8414, RFC 8705 §5).

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, header};
use serde_json::{Value, json};

use crate::authorization_request::ResponseMode;
use crate::clients::AuthMethod;
use crate::issuer::{Issuer, Shared};
use crate::keys::SigningAlgorithm;
use crate::misbehaviour::{self, Lie};
use crate::sessions::ACRS;
use crate::{authorization_request, client_auth, cors, grants};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery).merge(cors::options("GET, HEAD, OPTIONS")))
        .route("/.well-known/oauth-authorization-server", get(discovery).merge(cors::options("GET, HEAD, OPTIONS")))
}

async fn discovery(State(issuer): State<Shared>, headers: HeaderMap) -> Response {
    let lie = issuer.lie(None, |lie| match lie {
        Lie::Metadata(lie) if !lie.is_about_jwks() => Some(lie),
        _ => None,
    });
    let answer = match lie {
        // The settings never change, so neither does the document.
        None => as_json(issuer.discovery.get_or_init(|| document(&issuer).to_string().into()).clone()),
        Some(lie) => misbehaviour::metadata::discovery(lie, document(&issuer)).await,
    };
    cors::readable(&issuer, &headers, None, answer)
}

/// Answers a JSON document that was rendered before.
pub(super) fn as_json(document: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document).into_response()
}

fn document(issuer: &Issuer) -> Value {
    let mut document = endpoints(issuer);
    let more = abilities(issuer);
    if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
        document.extend(more);
    }
    let settings = &issuer.settings;
    // RFC 8414 §2: left out, it says that PKCE is not supported.
    if settings.pkce.is_on() {
        document["code_challenge_methods_supported"] = json!(["S256"]);
    }
    if settings.session_management.is_on() {
        document["check_session_iframe"] = json!(format!("{}/check_session", issuer.config.issuer));
    }
    if let Some(mtls) = &issuer.config.mtls {
        let names = ["token", "revocation", "introspection", "userinfo", "pushed_authorization_request"];
        let aliases = names.iter().map(|name| format!("{name}_endpoint")).map(|name| {
            let here = document[&name].as_str().unwrap_or_default();
            let there = here.replacen(issuer.config.issuer.as_str(), mtls.as_str(), 1);
            (name, Value::from(there))
        });
        document["mtls_endpoint_aliases"] = Value::Object(aliases.collect());
        document["tls_client_certificate_bound_access_tokens"] = json!(true);
    }
    document
}

fn endpoints(issuer: &Issuer) -> Value {
    let origin = issuer.config.issuer.as_str();
    let at = |path: &str| format!("{origin}{path}");
    json!({
        "issuer": origin,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "introspection_endpoint": at("/introspect"),
        "revocation_endpoint": at("/revoke"),
        "pushed_authorization_request_endpoint": at("/par"),
        "end_session_endpoint": at("/end_session"),
    })
}

fn abilities(issuer: &Issuer) -> Value {
    let settings = &issuer.settings;
    let algorithms = SigningAlgorithm::names_under(settings.fapi);
    let methods = client_auth::methods(issuer);
    let with_secret: Vec<&str> =
        methods.iter().filter(|method| **method != AuthMethod::None).map(|method| method.name()).collect();
    let methods: Vec<&str> = methods.iter().map(|method| method.name()).collect();
    json!({
        "scopes_supported": ["openid", "profile", "email", "offline_access", "accounts"],
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::ALL.iter().map(|mode| mode.name()).collect::<Vec<_>>(),
        "grant_types_supported": grants::supported(settings),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "dpop_signing_alg_values_supported": algorithms,
        "acr_values_supported": ACRS,
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "acr", "amr",
            "name", "given_name", "family_name", "preferred_username", "roles", "email", "email_verified",
        ],
        "claims_parameter_supported": false,
        "prompt_values_supported": authorization_request::PROMPTS,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "require_pushed_authorization_requests": settings.par.is_on() || settings.fapi.is_on(),
        "authorization_response_iss_parameter_supported": settings.iss.is_on(),
        "backchannel_logout_supported": settings.bcl.is_on(),
        "backchannel_logout_session_supported": settings.bcl.is_on(),
        "frontchannel_logout_supported": settings.fcl.is_on(),
        "frontchannel_logout_session_supported": settings.fcl.is_on(),
    })
}
