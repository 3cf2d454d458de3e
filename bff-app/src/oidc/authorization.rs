//! The address at which a browser asks the provider for a code (OpenID Connect Core 1.0 §3.1.2.1, RFC 9126).

use hosting::Kind;
use serde::Deserialize;
use url::Url;

use super::metadata::{Endpoint, Metadata};
use super::token_request::Proof;
use super::{Oidc, OidcError};

/// The longest name of a pushed request, in bytes.
const LONGEST_URI: usize = 2_048;

/// What the provider calls a request that was pushed (RFC 9126 §2.2).
#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

impl Oidc {
    /// Returns the address of an authorization request with these parameters.
    ///
    /// Where requests are pushed, by our settings or the provider's, the browser carries nothing but the request's name.
    ///
    /// # Errors
    ///
    /// When the provider does not answer, refuses the request, or takes no pushed requests although they shall be.
    pub(crate) async fn authorization_url(&self, parameters: &[(&str, &str)]) -> Result<Url, OidcError> {
        let metadata = self.metadata().await?;
        let mut all = parameters.to_vec();
        // RFC 9449 §10: the code is bound to the key too.
        all.extend(self.dpop_jkt().map(|thumbprint| ("dpop_jkt", thumbprint)));
        if !self.pushes && !metadata.require_pushed_authorization_requests {
            return self.leads_to(&metadata, &all);
        }
        let request_uri = self.push(&all).await?;
        self.leads_to(&metadata, &[("client_id", self.client_id.as_str()), ("request_uri", request_uri.as_str())])
    }

    /// Pushes a request and returns its name (RFC 9126 §2).
    async fn push(&self, parameters: &[(&str, &str)]) -> Result<String, OidcError> {
        let url = self.endpoint(Endpoint::PushedAuthorizationRequest).await?;
        let answer = self.post(&url, parameters, Proof::Omitted).await?;
        let Pushed { request_uri } = answer.json()?;
        if request_uri.is_empty() || request_uri.len() > LONGEST_URI {
            return Err(answer.unreadable("there is no request_uri of a fitting length"));
        }
        self.handed.credentials.mint(Kind::OneTime, &request_uri);
        Ok(request_uri)
    }

    fn leads_to(&self, metadata: &Metadata, parameters: &[(&str, &str)]) -> Result<Url, OidcError> {
        let unreadable = |error: url::ParseError| OidcError::Unreadable {
            url: self.issuer.metadata_url(),
            why: format!("the authorization_endpoint is no address: {error}"),
        };
        let mut url = Url::parse(&metadata.authorization_endpoint).map_err(unreadable)?;
        url.query_pairs_mut().extend_pairs(parameters);
        // RFC 6749 §3.1: an endpoint has no fragment.
        url.set_fragment(None);
        Ok(url)
    }
}
