//! Asks the issuer what a token is worth (RFC 7662), and finds out where by discovery.

use std::time::Duration;

use hosting::{Origin, Outbound, Secret};
use http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use url::Url;

use super::claims::Claims;
use crate::Config;

/// How long a call waits for the issuer: an issuer that hangs must not make the API hang.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of an answer is read.
const LARGEST: usize = 64 * 1024;

/// Why there is no usable answer; never to be taken for "this token is bad".
#[derive(Debug, thiserror::Error)]
pub(super) enum Unavailable {
    #[error("the issuer does not answer within {} s", PATIENCE.as_secs())]
    Late,
    #[error("the issuer cannot be reached")]
    Unreachable,
    #[error("the issuer answers {0} to {1}")]
    Status(StatusCode, &'static str),
    #[error("the issuer's answer to {0} cannot be read")]
    Unreadable(&'static str),
    #[error("the discovered introspection endpoint is not the configured issuer's")]
    Foreign,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    introspection_endpoint: String,
}

pub(super) struct Introspector {
    issuer: Origin,
    client_id: String,
    client_secret: Secret,
    outbound: Outbound,
    endpoint: OnceCell<Url>,
}

impl Introspector {
    pub(super) fn new(config: &Config, outbound: Outbound) -> Self {
        Self {
            issuer: config.issuer.clone(),
            client_id: config.introspection_client_id.clone(),
            client_secret: config.introspection_client_secret.clone(),
            outbound,
            endpoint: OnceCell::new(),
        }
    }

    /// Asks about one token.
    pub(super) async fn ask(&self, token: &str) -> Result<Claims, Unavailable> {
        tokio::time::timeout(PATIENCE, self.introspect(token)).await.unwrap_or(Err(Unavailable::Late))
    }

    async fn introspect(&self, token: &str) -> Result<Claims, Unavailable> {
        let endpoint = self.endpoint.get_or_try_init(|| self.discover()).await?;
        // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let request = self
            .outbound
            .client()
            .post(endpoint.clone())
            .basic_auth(encoded(&self.client_id), Some(encoded(self.client_secret.expose())))
            .header(header::ACCEPT, "application/json")
            .form(&[("token", token), ("token_type_hint", "access_token")])
            .build();
        self.exchange(request, "introspection").await
    }

    async fn discover(&self) -> Result<Url, Unavailable> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer);
        let request = self.outbound.client().get(url).build();
        let metadata: Metadata = self.exchange(request, "discovery").await?;
        // OpenID Connect Discovery 1.0 §4.3: exactly the issuer that was asked. And a secret never travels in the clear.
        let endpoint =
            Url::parse(&metadata.introspection_endpoint).map_err(|_| Unavailable::Unreadable("discovery"))?;
        let downgraded = self.issuer.is_secure() && endpoint.scheme() != "https";
        if metadata.issuer != self.issuer.as_str() || downgraded {
            return Err(Unavailable::Foreign);
        }
        Ok(endpoint)
    }

    async fn exchange<Answer: DeserializeOwned>(
        &self,
        request: Result<reqwest::Request, reqwest::Error>,
        what: &'static str,
    ) -> Result<Answer, Unavailable> {
        let request = request.map_err(|_| Unavailable::Unreachable)?;
        let mut response = self.outbound.send(request).await.map_err(|_| Unavailable::Unreachable)?;
        if response.status() != StatusCode::OK {
            return Err(Unavailable::Status(response.status(), what));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Unavailable::Unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(Unavailable::Unreadable(what));
            }
        }
        serde_json::from_slice(&body).map_err(|_| Unavailable::Unreadable(what))
    }
}
