//! What the provider says about itself (OpenID Connect Discovery 1.0 §3 and §4, RFC 8414 §2, RFC 8705 §5).

use std::sync::Arc;

use hosting::Issuer;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use url::Url;

use super::{Oidc, OidcError};
use crate::config::Registration;
use crate::jws;
use crate::settings::{ClientAuth, Downstream, Settings};

/// How long metadata is kept, in seconds: a provider that moves an endpoint is followed as soon.
const LIFE_S: u64 = 600;
/// The longest address of an endpoint, in bytes.
const LONGEST_URL: usize = 2_048;

/// The part of the metadata that is used. What is left out has the meaning that the specification gives it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) jwks_uri: String,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    pub(crate) end_session_endpoint: Option<String>,
    #[serde(default)]
    pub(super) revocation_endpoint: Option<String>,
    #[serde(default)]
    pub(super) userinfo_endpoint: Option<String>,
    #[serde(default)]
    pub(super) pushed_authorization_request_endpoint: Option<String>,
    #[serde(default)]
    pub(super) require_pushed_authorization_requests: bool,
    #[serde(default)]
    pub(super) backchannel_logout_supported: bool,
    #[serde(default)]
    grant_types_supported: Vec<String>,
    #[serde(default)]
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default)]
    mtls_endpoint_aliases: Aliases,
}

/// Where the endpoints are for a client that presents its certificate (RFC 8705 §5).
#[derive(Clone, Debug, Default, Deserialize)]
struct Aliases {
    #[serde(default, rename = "token_endpoint")]
    token: Option<String>,
    #[serde(default, rename = "revocation_endpoint")]
    revocation: Option<String>,
    #[serde(default, rename = "pushed_authorization_request_endpoint")]
    pushed_authorization_request: Option<String>,
}

/// An endpoint at which the client proves who it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Endpoint {
    Token,
    Revocation,
    PushedAuthorizationRequest,
}

impl Endpoint {
    /// Returns what a provider without it does not offer.
    fn offers(self) -> &'static str {
        match self {
            Self::Token => "tokens",
            Self::Revocation => "revocation of tokens",
            Self::PushedAuthorizationRequest => "pushed authorization requests",
        }
    }
}

/// How the client comes to these endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connection {
    /// As everybody does.
    Plain,
    /// With its certificate, so that tokens are bound to it.
    MutualTls,
}

impl Connection {
    pub(super) fn of(settings: &Settings, client: &Registration) -> Self {
        let authenticates = settings.client_auth == ClientAuth::SelfSignedTlsClientAuth;
        // RFC 8705 §3: a token is bound to the certificate with which it was fetched.
        let binds = settings.downstream == Downstream::Certificate;
        if client.certificate.is_some() && (authenticates || binds) { Self::MutualTls } else { Self::Plain }
    }
}

impl Metadata {
    /// Returns the address of an endpoint, where the provider has one.
    pub(super) fn endpoint(&self, endpoint: Endpoint, connection: Connection) -> Option<&str> {
        let aliases = &self.mtls_endpoint_aliases;
        let (here, alias) = match endpoint {
            Endpoint::Token => (Some(&self.token_endpoint), &aliases.token),
            Endpoint::Revocation => (self.revocation_endpoint.as_ref(), &aliases.revocation),
            Endpoint::PushedAuthorizationRequest => {
                (self.pushed_authorization_request_endpoint.as_ref(), &aliases.pushed_authorization_request)
            }
        };
        let alias = alias.as_ref().filter(|_| connection == Connection::MutualTls);
        alias.or(here).map(String::as_str)
    }

    /// Tells whether the provider names a grant; by default it has none but codes (OpenID Connect Discovery 1.0 §3).
    pub(super) fn has_grant(&self, grant_type: &str) -> bool {
        self.grant_types_supported.iter().any(|known| known == grant_type)
    }

    /// Returns how ID tokens may be signed: what the provider announces, out of what is ever taken.
    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        match &self.id_token_signing_alg_values_supported {
            Some(names) => names.iter().filter_map(|name| jws::algorithm(name)).collect(),
            None => jws::ALGORITHMS.to_vec(),
        }
    }

    /// Returns why this is not what the issuer says about itself, if it is not.
    fn refused(&self, issuer: &Issuer, url: &str) -> Option<OidcError> {
        if self.issuer != issuer.as_str() {
            return Some(OidcError::OtherIssuer { expected: issuer.to_string(), found: shortened(&self.issuer) });
        }
        let aliases = &self.mtls_endpoint_aliases;
        let necessary = [&self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri];
        let optional = [
            &self.end_session_endpoint,
            &self.revocation_endpoint,
            &self.userinfo_endpoint,
            &self.pushed_authorization_request_endpoint,
            &aliases.token,
            &aliases.revocation,
            &aliases.pushed_authorization_request,
        ];
        let mut all = necessary.into_iter().chain(optional.into_iter().flatten());
        let bad = all.find(|address| !is_address(address, issuer))?;
        let why = format!("{:?} is no address that a provider at {issuer} may have", shortened(bad));
        Some(OidcError::Unreadable { url: url.to_owned(), why })
    }
}

/// Takes http and https; where the issuer has https, nothing less, so that no secret goes out in clear.
fn is_address(address: &str, issuer: &Issuer) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && issuer.as_str().starts_with("http://"));
    is_safe && url.has_host() && url.username().is_empty() && url.password().is_none() && address.len() <= LONGEST_URL
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

impl Oidc {
    /// Returns the metadata, fetched on first use and after ten minutes.
    ///
    /// # Errors
    ///
    /// When it cannot be fetched, or is somebody else's (OpenID Connect Discovery 1.0 §4.3); the next call asks again.
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, OidcError> {
        let now_s = self.handed.clock.now_s();
        self.metadata.get(now_s, |fetched_s| now_s < fetched_s + LIFE_S, self.fetch_metadata()).await
    }

    async fn fetch_metadata(&self) -> Result<Metadata, OidcError> {
        let url = self.issuer.metadata_url();
        let metadata: Metadata = self.document(&url).await?;
        metadata.refused(&self.issuer, &url).map_or(Ok(metadata), Err)
    }

    /// Returns the address of an endpoint at which the client proves who it is.
    pub(super) async fn endpoint(&self, endpoint: Endpoint) -> Result<String, OidcError> {
        let metadata = self.metadata().await?;
        let url = metadata.endpoint(endpoint, self.connection).map(str::to_owned);
        url.ok_or(OidcError::NotOffered(endpoint.offers()))
    }
}

#[cfg(test)]
mod tests {
    use hosting::Identity;
    use serde_json::{Value, json};

    use super::*;

    fn metadata(change: impl Fn(&mut Value)) -> Metadata {
        let mut document = json!({
            "issuer": "https://i", "authorization_endpoint": "https://i/a", "token_endpoint": "https://i/t",
            "jwks_uri": "https://i/j", "revocation_endpoint": "https://i/r",
            "mtls_endpoint_aliases": { "token_endpoint": "https://m/t" },
        });
        change(&mut document);
        serde_json::from_value(document).unwrap()
    }

    fn issuer(text: &str) -> Issuer {
        Issuer::parse(text).unwrap()
    }

    #[test]
    fn only_what_the_issuer_says_about_itself_is_taken() {
        assert!(metadata(|_| {}).refused(&issuer("https://i"), "url").is_none());
        let other = metadata(|_| {}).refused(&issuer("https://i/"), "url");
        assert!(matches!(other, Some(OidcError::OtherIssuer { .. })), "compared byte by byte");
    }

    #[test]
    fn an_endpoint_in_clear_or_of_another_scheme_is_refused() {
        for bad in ["http://i/t", "javascript:alert(1)", "/t", "", "https://user@i/t", "data:,x"] {
            for name in ["token_endpoint", "revocation_endpoint", "authorization_endpoint"] {
                let refused = metadata(|document| document[name] = json!(bad)).refused(&issuer("https://i"), "url");
                assert!(matches!(refused, Some(OidcError::Unreadable { .. })), "{name} = {bad}");
            }
        }
        let clear = metadata(|document| {
            (document["issuer"], document["token_endpoint"]) = (json!("http://i"), json!("http://i/t"));
        });
        assert!(clear.refused(&issuer("http://i"), "url").is_none(), "a provider that is itself served in clear");
    }

    #[test]
    fn a_client_with_its_certificate_goes_where_it_is_asked_for_it() {
        let metadata = metadata(|_| {});
        assert_eq!(metadata.endpoint(Endpoint::Token, Connection::Plain), Some("https://i/t"));
        assert_eq!(metadata.endpoint(Endpoint::Token, Connection::MutualTls), Some("https://m/t"));
        assert_eq!(metadata.endpoint(Endpoint::Revocation, Connection::MutualTls), Some("https://i/r"));
        assert_eq!(metadata.endpoint(Endpoint::PushedAuthorizationRequest, Connection::Plain), None);
    }

    #[test]
    fn algorithms_are_those_of_both_sides() {
        let of = |names: Value| {
            metadata(|document| document["id_token_signing_alg_values_supported"] = names.clone()).algorithms()
        };
        assert_eq!(metadata(|_| {}).algorithms(), jws::ALGORITHMS);
        assert_eq!(of(json!(["RS256", "HS256", "none", "ES512"])), [Algorithm::RS256]);
        assert!(of(json!(["none"])).is_empty());
    }

    #[test]
    fn connections_are_mutual_where_they_prove_or_bind_something() {
        let mut client = Registration { id: "bff".to_owned(), secret: None, key: None, certificate: None };
        let binds = Settings { downstream: Downstream::Certificate, ..Settings::default() };
        assert_eq!(Connection::of(&binds, &client), Connection::Plain, "there is nothing to present");
        client.certificate = Some(Identity::self_signed("bff"));
        assert_eq!(Connection::of(&binds, &client), Connection::MutualTls);
        assert_eq!(Connection::of(&Settings::default(), &client), Connection::Plain);
        let authenticates = Settings { client_auth: ClientAuth::SelfSignedTlsClientAuth, ..Settings::default() };
        assert_eq!(Connection::of(&authenticates, &client), Connection::MutualTls);
    }
}
