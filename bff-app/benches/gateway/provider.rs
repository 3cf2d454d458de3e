//! A provider that signs in whoever comes: metadata, keys, and a token endpoint whose ID tokens are signed with ES256.
//!
//! The load plays its authorization endpoint, and the code is the nonce of the request: nothing has to be remembered.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hosting::{ClientKey, Clock, base64url, random_token, sha256};
use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::names::{CLIENT, ISSUER, SCOPE};

/// The name of its one key.
const KID: &str = "2026-11";

/// How long tokens are good, in seconds: no measurement shall end in refreshes.
const LIFE_S: u64 = 8 * 3_600;

struct Provider {
    clock: Clock,
    key: EncodingKey,
    jwk: Value,
    sign_ins: AtomicU64,
}

pub(crate) fn router() -> Result<Router> {
    let ClientKey { pem, mut jwk } = ClientKey::generate();
    (jwk["kid"], jwk["alg"], jwk["use"]) = (json!(KID), json!("ES256"), json!("sig"));
    let key = EncodingKey::from_ec_pem(pem.expose().as_bytes()).context("read the provider's key")?;
    let provider = Provider { clock: Clock::system(), key, jwk, sign_ins: AtomicU64::new(0) };
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/jwks", get(jwks))
        .route("/token", post(token))
        .with_state(Arc::new(provider));
    Ok(router)
}

async fn metadata() -> Json<Value> {
    Json(json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"),
        "jwks_uri": format!("{ISSUER}/jwks"),
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn jwks(State(provider): State<Arc<Provider>>) -> Json<Value> {
    Json(json!({ "keys": [provider.jwk] }))
}

async fn token(State(provider): State<Arc<Provider>>, Form(form): Form<HashMap<String, String>>) -> Response {
    match form.get("code") {
        Some(nonce) => Json(provider.tokens(nonce)).into_response(),
        None => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

impl Provider {
    fn tokens(&self, nonce: &str) -> Value {
        let access_token = random_token();
        let id_token = self.id_token(nonce, &access_token);
        json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": LIFE_S, "scope": SCOPE,
            "refresh_token": random_token(), "id_token": id_token,
        })
    }

    /// Every sign-in is another user's, in a session of its own at the provider.
    fn id_token(&self, nonce: &str, access_token: &str) -> String {
        let n = self.sign_ins.fetch_add(1, Ordering::Relaxed);
        let now = self.clock.now_s();
        // OpenID Connect Core 1.0 §3.1.3.6.
        let digest = sha256(access_token.as_bytes());
        let claims = json!({
            "iss": ISSUER, "aud": CLIENT, "sub": format!("248289761{n:09}"), "sid": random_token(), "nonce": nonce,
            "iat": now, "auth_time": now, "exp": now + LIFE_S, "at_hash": base64url(&digest[..16]),
            "preferred_username": format!("user-{n}"), "name": format!("User Number {n}"),
        });
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(KID.to_owned());
        encode(&header, &claims, &self.key).expect("a P-256 key signs")
    }
}
