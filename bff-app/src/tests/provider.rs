//! A provider that tests can look inside: it signs what they ask for, and remembers what it was asked.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use hosting::{
    ClientKey, Clock, Credentials, Handed, Journal, Listener, Names, Outbound, Running, Timeouts, Wire, random_token,
};
use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// The provider `http://idp.test`.
pub(super) struct Provider {
    key: ClientKey,
    asked: Asked,
    /// What an application is handed that shall reach it.
    pub(super) handed: Handed,
    _running: Running,
}

impl Provider {
    /// Starts one that knows end of session and revocation.
    pub(super) fn start() -> Self {
        Self::offering(&json!({
            "end_session_endpoint": "http://idp.test/end",
            "revocation_endpoint": "http://idp.test/revoke",
        }))
    }

    /// Starts one whose metadata has these members beside the necessary ones.
    pub(super) fn offering(more: &Value) -> Self {
        let mut metadata = json!({
            "issuer": "http://idp.test",
            "authorization_endpoint": "http://idp.test/authorize",
            "token_endpoint": "http://idp.test/token",
            "jwks_uri": "http://idp.test/jwks",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            metadata[name] = value.clone();
        }
        let key = ClientKey::generate();
        let mut jwk = key.jwk.clone();
        (jwk["kid"], jwk["alg"], jwk["use"]) = (json!("k"), json!("ES256"), json!("sig"));
        let asked = Asked::default();
        let note = asked.clone();
        let answer = move |request: Request| answer(note.clone(), metadata.clone(), jwk.clone(), request);
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), None).unwrap();
        let names = Names::default();
        names.insert("idp.test", listener.address());
        let wire = Wire { authority: "idp.test".to_owned(), party: "idp", router: Router::new().fallback(answer) };
        let credentials = Credentials::default();
        let journal = Journal::off(credentials.clone());
        let running = listener.serve(vec![wire], &journal);
        let outbound = Outbound::new(&names, None, journal, Timeouts::default());
        let handed = Handed { clock: Clock::standing(), credentials, outbound };
        Self { key, asked, handed, _running: running }
    }

    /// Signs claims under a type.
    pub(super) fn sign(&self, typ: Option<&str>, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        (header.typ, header.kid) = (typ.map(str::to_owned), Some("k".to_owned()));
        let key = EncodingKey::from_ec_pem(self.key.pem.expose().as_bytes()).unwrap();
        encode(&header, claims, &key).unwrap()
    }

    /// Returns the claims of a logout token for the client `bff` that is right in everything.
    pub(super) fn logout_claims(&self) -> Value {
        let now = self.handed.clock.now_s();
        json!({
            "iss": "http://idp.test", "aud": "bff", "iat": now, "exp": now + 120, "jti": random_token(),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        })
    }

    /// Returns the bodies of the requests to a path, in their order.
    pub(super) fn asked(&self, path: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|(known, _)| known == path).map(|(_, body)| body.clone()).collect()
    }
}

async fn answer(asked: Asked, metadata: Value, jwk: Value, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 64 * 1024).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    asked.lock().unwrap_or_else(PoisonError::into_inner).push((path.clone(), body));
    match path.as_str() {
        "/.well-known/openid-configuration" => Json(metadata).into_response(),
        "/jwks" => Json(json!({ "keys": [jwk] })).into_response(),
        "/revoke" => StatusCode::OK.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
