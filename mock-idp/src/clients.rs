//! The registered clients, in the words of RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 and RFC 8705.

use hosting::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::jose;
use crate::keys::SigningAlgorithm;
use crate::settings::{AccessTokenFormat, Switch};

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Not at all: a public client (RFC 6749 §2.1).
    None,
    /// A secret in the `Authorization` header (RFC 6749 §2.3.1).
    #[default]
    ClientSecretBasic,
    /// A secret in the form (RFC 6749 §2.3.1).
    ClientSecretPost,
    /// A JWT that the client's key signed (RFC 7523 §2.2, OpenID Connect Core 1.0 §9).
    PrivateKeyJwt,
    /// A certificate that the run's authority signed for a registered name (RFC 8705 §2.1).
    TlsClientAuth,
    /// A certificate that the client made itself and registered (RFC 8705 §2.2).
    SelfSignedTlsClientAuth,
}

impl AuthMethod {
    /// Every method.
    pub const ALL: &[Self] = &[
        Self::None,
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::PrivateKeyJwt,
        Self::TlsClientAuth,
        Self::SelfSignedTlsClientAuth,
    ];

    /// Returns the registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }
}

/// A registered client.
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the registration, under its registered name")]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The client identifier.
    #[serde(rename = "client_id")]
    pub id: String,
    /// The name that people see; the identifier where there is none.
    #[serde(default)]
    pub client_name: Option<String>,
    /// How it proves who it is.
    #[serde(default)]
    pub token_endpoint_auth_method: AuthMethod,
    /// The secret, where it has one.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<Secret>,
    /// The public keys, as a JWK set, or the certificates in their `x5c`.
    #[serde(default)]
    pub jwks: Option<Value>,
    /// The subject of the client's certificate, as in `CN=bff` (RFC 8705 §2.1.2).
    #[serde(default)]
    pub tls_client_auth_subject_dn: Option<String>,
    /// A DNS name in the client's certificate (RFC 8705 §2.1.2).
    #[serde(default)]
    pub tls_client_auth_san_dns: Option<String>,
    /// What it may exchange for tokens.
    #[serde(default = "usual_grants")]
    pub grant_types: Vec<String>,
    /// Where codes may be sent.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where the browser may be sent after sign-out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are posted.
    #[serde(default)]
    pub backchannel_logout_uri: Option<String>,
    /// The addresses of the application's other replicas, where each is told by itself: for applications whose replicas
    /// share no session store.
    #[serde(default)]
    pub backchannel_logout_replicas: Vec<String>,
    /// Whether logout tokens must name the session.
    #[serde(default)]
    pub backchannel_logout_session_required: bool,
    /// What is framed when the session ends.
    #[serde(default)]
    pub frontchannel_logout_uri: Option<String>,
    /// Whether the framed address must name issuer and session.
    #[serde(default)]
    pub frontchannel_logout_session_required: bool,
    /// The origins whose scripts may call the provider.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// The scopes that it may ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The APIs whose tokens it may get; the first one where a request names none.
    #[serde(default)]
    pub resources: Vec<String>,
    /// What its access tokens look like; nothing leaves it to the provider's settings.
    #[serde(default)]
    pub access_token_format: Option<AccessTokenFormat>,
    /// How its ID tokens and logout tokens are signed.
    #[serde(default)]
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// Whether its access tokens must be bound to a DPoP key (RFC 9449 §5.2).
    #[serde(default)]
    pub dpop_bound_access_tokens: bool,
    /// Whether its access tokens are bound to its certificate (RFC 8705 §3.4).
    #[serde(default)]
    pub tls_client_certificate_bound_access_tokens: bool,
    /// Whether it must push its authorization requests (RFC 9126 §6).
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// Whether the user is asked before it gets anything.
    #[serde(default)]
    pub require_consent: bool,
    /// Whether it is a resource server, which may ask what other clients' tokens are worth (RFC 7662 §2.1).
    #[serde(default)]
    pub may_introspect: bool,
}

fn usual_grants() -> Vec<String> {
    vec!["authorization_code".to_owned(), "refresh_token".to_owned()]
}

/// Why a client cannot be registered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("client {client_id:?}: {reason}")]
pub struct BadClient {
    client_id: String,
    reason: String,
    /// What to do, where it is something else than to complete the registration.
    remedy: Option<&'static str>,
}

impl BadClient {
    /// Returns what to do; `complete` is how whoever asks completes a registration.
    pub(crate) fn hint(&self, complete: &'static str) -> &'static str {
        self.remedy.unwrap_or(complete)
    }
}

impl Client {
    /// Makes a client with an identifier and nothing else.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            client_name: None,
            token_endpoint_auth_method: AuthMethod::default(),
            client_secret: None,
            jwks: None,
            tls_client_auth_subject_dn: None,
            tls_client_auth_san_dns: None,
            grant_types: usual_grants(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            backchannel_logout_replicas: Vec::new(),
            backchannel_logout_session_required: false,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            allowed_origins: Vec::new(),
            scopes: Vec::new(),
            resources: Vec::new(),
            access_token_format: None,
            id_token_signed_response_alg: SigningAlgorithm::default(),
            dpop_bound_access_tokens: false,
            tls_client_certificate_bound_access_tokens: false,
            require_pushed_authorization_requests: false,
            require_consent: false,
            may_introspect: false,
        }
    }

    /// Makes a public client.
    pub fn public(id: impl Into<String>) -> Self {
        Self { token_endpoint_auth_method: AuthMethod::None, ..Self::new(id) }
    }

    /// Makes a confidential client with a secret.
    pub fn confidential(id: impl Into<String>, secret: Secret) -> Self {
        Self { client_secret: Some(secret), ..Self::new(id) }
    }

    /// Returns the name that people see.
    pub(crate) fn shown_name(&self) -> &str {
        self.client_name.as_deref().unwrap_or(&self.id)
    }

    pub(crate) fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::None
    }

    pub(crate) fn may_use(&self, grant_type: &str) -> bool {
        self.grant_types.iter().any(|known| known == grant_type)
    }

    /// Returns every address where logout tokens are posted; the first is the one where an application has no replicas.
    pub(crate) fn backchannel_logout_addresses(&self) -> impl Iterator<Item = &String> {
        self.backchannel_logout_uri.iter().chain(&self.backchannel_logout_replicas)
    }

    /// Tells whether a code may be sent to this address.
    ///
    /// Source: RFC 9700 §2.1, exact string matching.
    pub(crate) fn may_redirect_to(&self, redirect_uri: &str, exact: Switch) -> bool {
        match exact {
            Switch::On => self.redirect_uris.iter().any(|registered| registered == redirect_uri),
            // The classic mistake: a prefix without a delimiter also begins https://app.test@evil.test/.
            Switch::Off => self.redirect_uris.iter().any(|registered| {
                Url::parse(registered).is_ok_and(|url| redirect_uri.starts_with(&url.origin().ascii_serialization()))
            }),
        }
    }

    /// Checks that nothing is asked for that FAPI 2.0 forbids, where that is the profile.
    ///
    /// # Errors
    ///
    /// [`BadClient`] names the algorithm.
    pub(crate) fn check_profile(&self, fapi: Switch) -> Result<(), BadClient> {
        let taken = self.id_token_signed_response_alg.check_profile(fapi);
        let remedy = Some("set id_token_signed_response_alg to one of these");
        taken.map_err(|reason| BadClient { client_id: self.id.clone(), reason, remedy })
    }

    /// Checks that the registration is whole.
    ///
    /// # Errors
    ///
    /// [`BadClient`] names what is missing, or is no address.
    pub(crate) fn check(&self) -> Result<(), BadClient> {
        let refuse = |reason: String| Err(BadClient { client_id: self.id.clone(), reason, remedy: None });
        if self.id.is_empty() {
            return refuse("give it a client_id".to_owned());
        }
        let method = self.token_endpoint_auth_method;
        let lacks = match method {
            AuthMethod::None => None,
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => {
                self.client_secret.is_none().then_some("client_secret")
            }
            AuthMethod::PrivateKeyJwt | AuthMethod::SelfSignedTlsClientAuth => self.jwks.is_none().then_some("jwks"),
            AuthMethod::TlsClientAuth => (self.tls_client_auth_subject_dn.is_none()
                && self.tls_client_auth_san_dns.is_none())
            .then_some("tls_client_auth_subject_dn or tls_client_auth_san_dns"),
        };
        if let Some(lacks) = lacks {
            return refuse(format!("{} needs {lacks}", method.name()));
        }
        let keys = self.jwks.as_ref().and_then(|jwks| jwks["keys"].as_array()).map(Vec::as_slice).unwrap_or_default();
        if self.jwks.is_some() && keys.is_empty() {
            return refuse("its jwks is not a JWK set with at least one key".to_owned());
        }
        if keys.iter().any(|key| jose::PRIVATE.iter().any(|member| key.get(member).is_some())) {
            return refuse("its jwks holds a private key: register the public members alone".to_owned());
        }
        if self.is_public() && self.may_introspect {
            return refuse("a public client cannot be authenticated, so it may not introspect".to_owned());
        }
        if self.backchannel_logout_uri.is_none() && !self.backchannel_logout_replicas.is_empty() {
            return refuse("backchannel_logout_replicas needs backchannel_logout_uri".to_owned());
        }
        let told = self.frontchannel_logout_uri.iter().chain(self.backchannel_logout_addresses());
        let mut addresses = self.redirect_uris.iter().chain(&self.post_logout_redirect_uris).chain(told);
        // RFC 6749 §3.1.2: absolute, without a fragment.
        match addresses.find(|text| Url::parse(text).map_or(true, |url| url.fragment().is_some())) {
            Some(text) => refuse(format!("{text:?} is not an absolute address without a fragment")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client { redirect_uris: vec!["https://app.test/callback".to_owned()], ..Client::public("app") }
    }

    #[test]
    fn only_the_registered_string_is_a_redirect_uri() {
        assert!(client().may_redirect_to("https://app.test/callback", Switch::On));
        for uri in ["https://app.test/callback/", "https://app.test/", "https://app.test@evil.test/", ""] {
            assert!(!client().may_redirect_to(uri, Switch::On), "{uri}");
        }
    }

    #[test]
    fn without_exact_matching_another_host_gets_through() {
        assert!(client().may_redirect_to("https://app.test@evil.test/", Switch::Off));
        assert!(!client().may_redirect_to("https://evil.test/", Switch::Off));
    }

    #[test]
    fn a_registration_must_be_whole() {
        let refusal = |client: Client| client.check().unwrap_err().to_string();
        assert_eq!(client().check(), Ok(()));
        assert!(refusal(Client::new("a")).contains("client_secret_basic needs client_secret"));
        let keyless = Client { token_endpoint_auth_method: AuthMethod::PrivateKeyJwt, ..Client::new("a") };
        assert!(refusal(keyless).contains("needs jwks"));
        let with_keys = |jwks| refusal(Client { jwks: Some(jwks), ..Client::public("a") });
        assert!(with_keys(serde_json::json!({"keys": []})).contains("at least one key"));
        assert!(with_keys(serde_json::json!({"keys": [{"kty": "EC", "d": "x"}]})).contains("private key"));
        assert!(
            refusal(Client { redirect_uris: vec!["/callback".to_owned()], ..Client::public("a") }).contains("/call")
        );
        assert!(refusal(Client { may_introspect: true, ..Client::public("a") }).contains("introspect"));
        let with_replica = |uri: Option<&str>, replica: &str| {
            let replicas = vec![replica.to_owned()];
            let uri = uri.map(str::to_owned);
            let client = Client { backchannel_logout_uri: uri, backchannel_logout_replicas: replicas, ..client() };
            client.check().map_err(|bad| bad.to_string())
        };
        assert_eq!(with_replica(Some("http://a.test/"), "http://b.test/"), Ok(()));
        assert!(with_replica(None, "http://b.test/").unwrap_err().contains("needs backchannel_logout_uri"));
        assert!(with_replica(Some("http://a.test/"), "b.test").unwrap_err().contains("\"b.test\""));
    }

    #[test]
    fn a_listing_shows_no_secret() {
        let client = Client::confidential("a", Secret::new("hunter22"));
        assert!(!serde_json::to_string(&client).unwrap().contains("hunter22"));
    }
}
