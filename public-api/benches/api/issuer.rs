//! An issuer that says of every token that it is alice's, and signs JWTs that say so themselves.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hosting::{ClientKey, Clock, random_token};
use http::{HeaderMap, StatusCode, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::names::{AUDIENCE, BOUND, ISSUER, SCOPE};

/// The name of its one key.
const KID: &str = "2026-11";

/// How long tokens are good, in seconds: no measurement shall last that long.
const LIFE_S: u64 = 3_600;

struct Issuer {
    clock: Clock,
    key: EncodingKey,
    jwk: Value,
}

pub(crate) fn router() -> Result<Router> {
    let ClientKey { pem, mut jwk } = ClientKey::generate();
    (jwk["kid"], jwk["alg"], jwk["use"]) = (json!(KID), json!("ES256"), json!("sig"));
    let key = EncodingKey::from_ec_pem(pem.expose().as_bytes()).context("read the issuer's key")?;
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/jwks", get(jwks))
        .route("/token", post(token))
        .route("/introspect", post(introspect))
        .with_state(Arc::new(Issuer { clock: Clock::system(), key, jwk }));
    Ok(router)
}

async fn metadata() -> Json<Value> {
    Json(json!({
        "issuer": ISSUER,
        "introspection_endpoint": format!("{ISSUER}/introspect"),
        "jwks_uri": format!("{ISSUER}/jwks"),
    }))
}

async fn jwks(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    Json(json!({ "keys": [issuer.jwk] }))
}

/// Source: RFC 9068 §2.
async fn token(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    let now = issuer.clock.now_s();
    let claims = json!({
        "iss": ISSUER, "sub": "alice", "aud": AUDIENCE, "client_id": "bench", "scope": SCOPE,
        "iat": now, "exp": now + LIFE_S, "jti": random_token(),
    });
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(KID.to_owned());
    let access_token = encode(&header, &claims, &issuer.key).expect("a P-256 key signs");
    Json(json!({ "access_token": access_token, "token_type": "Bearer", "expires_in": LIFE_S }))
}

/// Source: RFC 7662 §2; RFC 9449 §6.2.
async fn introspect(
    State(issuer): State<Arc<Issuer>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let (Some(token), true) = (form.get("token"), headers.contains_key(header::AUTHORIZATION)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let now = issuer.clock.now_s();
    let mut answer = json!({
        "active": true, "iss": ISSUER, "sub": "alice", "username": "alice", "aud": AUDIENCE, "client_id": "bench",
        "scope": SCOPE, "token_type": "Bearer", "iat": now, "exp": now + LIFE_S,
    });
    if let Some(thumbprint) = token.strip_prefix(BOUND) {
        answer["token_type"] = json!("DPoP");
        answer["cnf"] = json!({ "jkt": thumbprint });
    }
    Json(answer).into_response()
}
