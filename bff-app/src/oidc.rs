//! The provider as a client sees it: what it says about itself, its keys, and every request that is made to it.

mod abilities;
mod answer;
mod authorization;
mod cached;
mod client_auth;
mod dpop;
mod exchange;
mod keys;
mod metadata;
mod revocation;
mod signing_key;
mod token_request;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use hosting::{Handed, Issuer, Outbound};
use http::StatusCode;
use serde_json::Value;

use crate::Config;
use crate::cannot_start::CannotStart;
use crate::jws;
use crate::problem::Problem;
use crate::settings::{ClientAuth, Settings};
use cached::Cached;
use client_auth::ClientAuthentication;
use dpop::Dpop;
use keys::Keys;
use metadata::{Connection, Metadata};
use signing_key::SigningKey;

pub use abilities::Abilities;
pub(crate) use exchange::Exchanged;
pub(crate) use token_request::Granted;

/// Why the provider could not be used; no credential ever stands in it.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum OidcError {
    #[error("{url} does not answer: {why}")]
    Unreachable { url: String, why: String },
    #[error("{url} answers {status}: {error}")]
    Refused { url: String, status: u16, error: String },
    #[error("{url} answers what is not understood: {why}")]
    Unreadable { url: String, why: String },
    #[error("the metadata of {expected} names the issuer {found:?}")]
    OtherIssuer { expected: String, found: String },
    #[error("the provider offers no {0}")]
    NotOffered(&'static str),
}

impl OidcError {
    /// Makes what callers are told: where the provider is, and what the network says, goes to the log alone.
    pub(crate) fn told(&self, status: StatusCode) -> Problem {
        tracing::warn!(error = %self, "the provider cannot be used");
        Problem::fixed(status, "the provider does not answer as it must: try again later")
    }
}

/// The provider, and the client that the BFF is there.
pub(crate) struct Oidc {
    issuer: Issuer,
    client_id: String,
    authentication: ClientAuthentication,
    dpop: Option<Dpop>,
    /// Whether authorization requests are pushed even where the provider does not demand it.
    pushes: bool,
    connection: Connection,
    handed: Handed,
    outbound: Outbound,
    metadata: Cached<Metadata>,
    keys: Keys,
    /// How many tokens could not be revoked when their user signed out.
    pub(crate) revocation_failures: AtomicU64,
}

impl Oidc {
    /// Makes the client; nothing is asked before it is needed.
    ///
    /// # Errors
    ///
    /// [`CannotStart`] names the credential that the settings need and the configuration does not have.
    pub(crate) fn new(config: &Config, settings: &Settings, handed: &Handed) -> Result<Self, CannotStart> {
        let client = &config.client;
        let key = if settings.client_auth == ClientAuth::PrivateKeyJwt || settings.token.dpop.is_on() {
            client.key.as_ref().map(SigningKey::from_pem).transpose()?.map(Arc::new)
        } else {
            None
        };
        let outbound = handed.outbound.named("bff");
        Ok(Self {
            issuer: config.issuer.clone(),
            client_id: client.id.clone(),
            authentication: ClientAuthentication::new(settings.client_auth, client, key.as_ref())?,
            dpop: settings.token.dpop.is_on().then(|| Dpop::new(key)).transpose()?,
            pushes: settings.login.par.is_on(),
            connection: Connection::of(settings, client),
            handed: handed.clone(),
            outbound: match &client.certificate {
                Some(identity) => outbound.with_identity(identity),
                None => outbound,
            },
            metadata: Cached::default(),
            keys: Keys::default(),
            revocation_failures: AtomicU64::new(0),
        })
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
        let algorithms = self.metadata().await?.algorithms();
        let checked = jws::check(token, &*self.keys().await?, types, &algorithms);
        if matches!(checked, Err(jws::Rejected::UnknownKey(_))) {
            return Ok(jws::check(token, &*self.keys_again().await?, types, &algorithms));
        }
        Ok(checked)
    }

    /// Returns the way out that presents the BFF's certificate, where it has one.
    pub(crate) fn outbound(&self) -> &Outbound {
        &self.outbound
    }
}
