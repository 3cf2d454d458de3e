//! How the client proves to the provider who it is (RFC 6749 §2.3, RFC 7523 §2.2, RFC 8705 §2.2).

use std::sync::Arc;

use hosting::{Kind, Secret, random_token};
use reqwest::RequestBuilder;
use serde_json::json;

use super::Oidc;
use super::signing_key::SigningKey;
use crate::cannot_start::CannotStart;
use crate::config::Registration;
use crate::settings::ClientAuth;

/// How long an assertion is good, in seconds: it is sent at once.
const ASSERTION_LIFE_S: u64 = 60;
/// The type of an assertion that is a JWT (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What the client proves itself by.
pub(super) enum ClientAuthentication {
    /// Its secret.
    Basic(Secret),
    /// An assertion that this key signs.
    Assertion(Arc<SigningKey>),
    /// Its name alone; the certificate of the connection may stand behind it.
    Identifier,
}

impl ClientAuthentication {
    /// Takes what a method needs out of the registration.
    ///
    /// # Errors
    ///
    /// [`CannotStart::Credential`] when it is not there.
    pub(super) fn new(
        method: ClientAuth,
        client: &Registration,
        key: Option<&Arc<SigningKey>>,
    ) -> Result<Self, CannotStart> {
        let missing = CannotStart::Credential;
        match method {
            ClientAuth::ClientSecretBasic => {
                let secret = client.secret.clone();
                secret.map(Self::Basic).ok_or(missing("client_auth = client-secret-basic needs a secret"))
            }
            ClientAuth::PrivateKeyJwt => {
                key.cloned().map(Self::Assertion).ok_or(missing("client_auth = private-key-jwt needs a key"))
            }
            ClientAuth::SelfSignedTlsClientAuth if client.certificate.is_none() => {
                Err(missing("client_auth = self-signed-tls-client-auth needs a certificate"))
            }
            ClientAuth::SelfSignedTlsClientAuth | ClientAuth::None => Ok(Self::Identifier),
        }
    }
}

impl Oidc {
    /// Adds the form to a request, with whatever proves who sends it.
    pub(super) fn authenticated(&self, request: RequestBuilder, form: &[(&str, &str)]) -> RequestBuilder {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        match &self.authentication {
            // RFC 6749 §2.3.1: both halves are form-encoded before they are put together.
            ClientAuthentication::Basic(secret) => {
                request.basic_auth(encode(&self.client_id), Some(encode(secret.expose()))).form(form)
            }
            ClientAuthentication::Assertion(key) => {
                let assertion = self.assertion(key);
                let mut form = form.to_vec();
                form.push(("client_assertion_type", ASSERTION_TYPE));
                form.push(("client_assertion", assertion.as_str()));
                request.form(&form)
            }
            // A pushed authorization request names the client already.
            ClientAuthentication::Identifier if form.iter().any(|(name, _)| *name == "client_id") => request.form(form),
            ClientAuthentication::Identifier => {
                let mut form = form.to_vec();
                form.push(("client_id", self.client_id.as_str()));
                request.form(&form)
            }
        }
    }

    /// Makes an assertion that works once and for this provider alone (OpenID Connect Core 1.0 §9, RFC 7523 §3).
    fn assertion(&self, key: &SigningKey) -> String {
        let now = self.handed.clock.now_s();
        let claims = json!({
            "iss": self.client_id, "sub": self.client_id, "aud": self.issuer.as_str(),
            "jti": random_token(), "iat": now, "exp": now + ASSERTION_LIFE_S,
        });
        let assertion = key.sign(&json!({ "alg": "ES256", "typ": "JWT" }), &claims);
        self.handed.credentials.mint(Kind::OneTime, &assertion);
        assertion
    }
}
