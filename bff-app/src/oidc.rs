//! The provider as a confidential client sees it: metadata, keys, codes, refreshes, revocation.

use std::sync::Arc;

use hosting::{Handed, Kind, Origin, Outbound, Secret};
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::jws;
use crate::session::Tokens;

/// The longest answer of the provider that is read, in bytes.
const LONGEST: usize = 1024 * 1024;
/// How long keys are kept before an unknown name may make us ask again, in seconds.
const KEYS_REST_S: u64 = 10;

/// Why the provider could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    #[error("{url} does not answer: {source}")]
    Unreachable { url: String, source: reqwest::Error },
    #[error("{url} answers {status}: {error}")]
    Refused { url: String, status: u16, error: String },
    #[error("{url} answers what is not understood: {why}")]
    Unreadable { url: String, why: String },
    #[error("the metadata of {expected} names the issuer {found:?}")]
    OtherIssuer { expected: String, found: String },
}

/// The part of the metadata that is used (OpenID Connect Discovery 1.0 §3).
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) jwks_uri: String,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    pub(crate) revocation_endpoint: Option<String>,
    #[serde(default)]
    pub(crate) end_session_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    token_type: String,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    id_token: Option<String>,
}

/// The provider.
pub(crate) struct Oidc {
    issuer: Origin,
    client_id: String,
    client_secret: Secret,
    handed: Handed,
    outbound: Outbound,
    metadata: Mutex<Option<Arc<Metadata>>>,
    keys: Mutex<Option<(Arc<JwkSet>, u64)>>,
}

impl Oidc {
    pub(crate) fn new(issuer: Origin, client_id: String, client_secret: Secret, handed: &Handed) -> Self {
        let outbound = handed.outbound.named("bff");
        let handed = handed.clone();
        Self { issuer, client_id, client_secret, handed, outbound, metadata: Mutex::default(), keys: Mutex::default() }
    }

    /// Returns the metadata, fetched on first use.
    ///
    /// # Errors
    ///
    /// When it cannot be fetched, or is somebody else's (OpenID Connect Discovery 1.0 §4.3).
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, OidcError> {
        let mut slot = self.metadata.lock().await;
        if let Some(metadata) = slot.as_ref() {
            return Ok(metadata.clone());
        }
        let url = format!("{}/.well-known/openid-configuration", self.issuer);
        let metadata: Metadata = self.get(&url).await?;
        if metadata.issuer != self.issuer.as_str() {
            return Err(OidcError::OtherIssuer { expected: self.issuer.to_string(), found: metadata.issuer });
        }
        let metadata = Arc::new(metadata);
        *slot = Some(metadata.clone());
        Ok(metadata)
    }

    /// Checks a signed token of the provider; an unknown key makes it fetch the keys again, at most every ten seconds.
    ///
    /// # Errors
    ///
    /// The outer when the keys cannot be fetched, the inner when the token is refused.
    pub(crate) async fn check(
        &self,
        token: &str,
        types: &[Option<&str>],
    ) -> Result<Result<Value, jws::Rejected>, OidcError> {
        let checked = jws::check(token, &*self.keys(false).await?, types);
        if matches!(checked, Err(jws::Rejected::UnknownKey(_))) {
            return Ok(jws::check(token, &*self.keys(true).await?, types));
        }
        Ok(checked)
    }

    async fn keys(&self, again: bool) -> Result<Arc<JwkSet>, OidcError> {
        let now = self.handed.clock.now_s();
        let mut slot = self.keys.lock().await;
        if let Some((keys, fetched)) = slot.as_ref()
            && (!again || now < fetched + KEYS_REST_S)
        {
            return Ok(keys.clone());
        }
        let keys: Arc<JwkSet> = Arc::new(self.get(&self.metadata().await?.jwks_uri).await?);
        *slot = Some((keys.clone(), now));
        Ok(keys)
    }

    /// Redeems a code (RFC 6749 §4.1.3).
    ///
    /// # Errors
    ///
    /// When the provider does not answer, or refuses.
    pub(crate) async fn redeem(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
    ) -> Result<Tokens, OidcError> {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
        if let Some(verifier) = verifier {
            form.push(("code_verifier", verifier));
        }
        let url = self.metadata().await?.token_endpoint.clone();
        let response = self.tokens(&url, &form).await?;
        let id_token = response.id_token.clone();
        let id_token = id_token.ok_or(OidcError::Unreadable { url, why: "there is no id_token".to_owned() })?;
        Ok(self.keep(response, id_token, None))
    }

    /// Refreshes (RFC 6749 §6).
    ///
    /// # Errors
    ///
    /// When the provider does not answer, or refuses.
    pub(crate) async fn refresh(&self, old: &Tokens) -> Result<Tokens, OidcError> {
        let refresh_token = old.refresh_token.as_deref().unwrap_or_default();
        let url = self.metadata().await?.token_endpoint.clone();
        let response = self.tokens(&url, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await?;
        Ok(self.keep(response, old.id_token.clone(), old.refresh_token.clone()))
    }

    /// Revokes both tokens; one that cannot be revoked does not keep the other, or the sign-out.
    pub(crate) async fn revoke(&self, tokens: &Tokens) {
        let Ok(metadata) = self.metadata().await else { return };
        let Some(url) = metadata.revocation_endpoint.as_deref() else { return };
        if let Some(token) = &tokens.refresh_token {
            let _ = self.post(url, &[("token", token), ("token_type_hint", "refresh_token")]).await;
        }
        let _ = self.post(url, &[("token", &tokens.access_token), ("token_type_hint", "access_token")]).await;
    }

    fn keep(&self, response: TokenResponse, id_token: String, old_refresh_token: Option<String>) -> Tokens {
        let mint = |kind, value: &str| self.handed.credentials.mint(kind, value);
        mint(Kind::AccessToken, &response.access_token);
        mint(Kind::IdToken, &id_token);
        if let Some(token) = &response.refresh_token {
            mint(Kind::RefreshToken, token);
        }
        Tokens {
            access_token: response.access_token,
            // A provider that names no life gets a short one (RFC 6749 §5.1).
            access_expires_s: self.handed.clock.now_s() + response.expires_in.unwrap_or(60),
            refresh_token: response.refresh_token.or(old_refresh_token),
            id_token,
        }
    }

    async fn tokens(&self, url: &str, form: &[(&str, &str)]) -> Result<TokenResponse, OidcError> {
        let response = self.post(url, form).await?;
        let tokens: TokenResponse = read(url, response).await?;
        if !tokens.token_type.eq_ignore_ascii_case("bearer") {
            return Err(OidcError::Unreadable {
                url: url.to_owned(),
                why: format!("token_type is {:?}", tokens.token_type),
            });
        }
        Ok(tokens)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, url: &str) -> Result<T, OidcError> {
        let unreachable = |source| OidcError::Unreachable { url: url.to_owned(), source };
        let request = self.outbound.client().get(url).build().map_err(unreachable)?;
        read(url, self.outbound.send(request).await.map_err(unreachable)?).await
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> Result<reqwest::Response, OidcError> {
        let unreachable = |source| OidcError::Unreachable { url: url.to_owned(), source };
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        // client_secret_basic, both halves form-encoded (RFC 6749 §2.3.1).
        let request = self
            .outbound
            .client()
            .post(url)
            .basic_auth(encode(&self.client_id), Some(encode(self.client_secret.expose())))
            .form(form)
            .build()
            .map_err(unreachable)?;
        self.outbound.send(request).await.map_err(unreachable)
    }
}

/// Reads JSON of a bounded length.
async fn read<T: serde::de::DeserializeOwned>(url: &str, mut response: reqwest::Response) -> Result<T, OidcError> {
    let status = response.status();
    let mut bytes = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|source| OidcError::Unreachable { url: url.to_owned(), source })?
    {
        if bytes.len() + chunk.len() > LONGEST {
            return Err(OidcError::Unreadable {
                url: url.to_owned(),
                why: format!("it is longer than {LONGEST} bytes"),
            });
        }
        bytes.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        let error =
            serde_json::from_slice::<Value>(&bytes).ok().and_then(|body| body["error"].as_str().map(str::to_owned));
        return Err(OidcError::Refused {
            url: url.to_owned(),
            status: status.as_u16(),
            error: error.unwrap_or_default(),
        });
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| OidcError::Unreadable { url: url.to_owned(), why: error.to_string() })
}
