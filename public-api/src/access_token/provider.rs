//! The issuer of the tokens, as a peer: where its endpoints are, and what it answers, bounded in length and in time.

use std::time::Duration;

use axum::body::Body;
use hosting::{Issuer, Outbound};
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use url::Url;

/// How long a call waits for the issuer: an issuer that hangs must not make the API hang.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of an answer is read.
const LARGEST: usize = 64 * 1024;

/// Why there is no usable answer; never to be taken for "this token is bad".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unavailable {
    #[error("the issuer does not answer within {} s", PATIENCE.as_secs())]
    Late,
    #[error("the issuer cannot be reached")]
    Unreachable,
    #[error("the issuer answers {0} to {1}")]
    Status(StatusCode, &'static str),
    #[error("the issuer's answer to {0} cannot be read")]
    Unreadable(&'static str),
    #[error("the discovered metadata is not the configured issuer's")]
    Foreign,
    #[error("the issuer offers no {0}")]
    NotOffered(&'static str),
    #[error("this API is registered for no introspection")]
    NotRegistered,
}

/// What is read of the metadata (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).
#[derive(Deserialize)]
struct Document {
    issuer: String,
    introspection_endpoint: Option<String>,
    jwks_uri: Option<String>,
}

struct Endpoints {
    introspection: Option<Uri>,
    jwks: Option<Url>,
}

/// The issuer of the tokens.
pub(super) struct Provider {
    issuer: Issuer,
    outbound: Outbound,
    endpoints: OnceCell<Endpoints>,
}

impl Provider {
    pub(super) fn new(issuer: Issuer, outbound: Outbound) -> Self {
        Self { issuer, outbound, endpoints: OnceCell::new() }
    }

    /// Returns the builder of requests.
    pub(super) fn client(&self) -> &reqwest::Client {
        self.outbound.client()
    }

    pub(super) async fn introspection_endpoint(&self) -> Result<Uri, Unavailable> {
        self.endpoints().await?.introspection.clone().ok_or(Unavailable::NotOffered("introspection"))
    }

    pub(super) async fn jwks_uri(&self) -> Result<Url, Unavailable> {
        self.endpoints().await?.jwks.clone().ok_or(Unavailable::NotOffered("keys"))
    }

    async fn endpoints(&self) -> Result<&Endpoints, Unavailable> {
        self.endpoints.get_or_try_init(|| self.discover()).await
    }

    async fn discover(&self) -> Result<Endpoints, Unavailable> {
        let request = self.client().get(self.issuer.metadata_url()).build();
        let document: Document = self.exchange(request, "discovery").await?;
        // OpenID Connect Discovery 1.0 §4.3: exactly the issuer that was asked.
        if document.issuer != self.issuer.as_str() {
            return Err(Unavailable::Foreign);
        }
        let endpoint = |url: Option<String>| url.map(|url| self.endpoint(&url)).transpose();
        let introspection = endpoint(document.introspection_endpoint)?;
        let introspection = introspection.map(|url| Uri::try_from(url.as_str())).transpose();
        let introspection = introspection.map_err(|_| Unavailable::Unreadable("discovery"))?;
        Ok(Endpoints { introspection, jwks: endpoint(document.jwks_uri)? })
    }

    fn endpoint(&self, url: &str) -> Result<Url, Unavailable> {
        let url = Url::parse(url).map_err(|_| Unavailable::Unreadable("discovery"))?;
        // Neither a secret nor a key travels in the clear where the issuer itself does not.
        let is_downgraded = self.issuer.as_str().starts_with("https:") && url.scheme() != "https";
        if is_downgraded { Err(Unavailable::Foreign) } else { Ok(url) }
    }

    /// Sends a request that every call may need, with little around it, and reads the JSON of a good answer.
    pub(super) async fn ask<Answer: DeserializeOwned>(
        &self,
        request: http::Request<Body>,
        what: &'static str,
    ) -> Result<Answer, Unavailable> {
        let response = self.outbound.pass(request).await.map_err(|_| Unavailable::Unreachable)?;
        if response.status() != StatusCode::OK {
            return Err(Unavailable::Status(response.status(), what));
        }
        let body = axum::body::to_bytes(response.into_body(), LARGEST).await;
        // One that broke off is as little an answer as one that is too long.
        let body = body.map_err(|_| Unavailable::Unreadable(what))?;
        serde_json::from_slice(&body).map_err(|_| Unavailable::Unreadable(what))
    }

    /// Sends a request and reads the JSON of a good answer.
    pub(super) async fn exchange<Answer: DeserializeOwned>(
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

/// Waits for the issuer, discovery included, as long as a call waits.
pub(super) async fn patiently<Answer>(
    asking: impl Future<Output = Result<Answer, Unavailable>>,
) -> Result<Answer, Unavailable> {
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or(Err(Unavailable::Late))
}
