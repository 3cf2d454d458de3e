//! What the endpoints share: who the provider is, its key, and everything that it remembers.

use std::sync::Arc;

use hosting::{Handed, Kind};

use crate::authorization_request::AuthorizationRequest;
use crate::expiring::Expiring;
use crate::grants::authorization_code::AuthorizationCode;
use crate::key::SigningKey;
use crate::logout::Confirmation;
use crate::sessions::Session;
use crate::tokens::{AccessToken, Grant, RefreshToken};
use crate::{Config, Settings};

/// The state of the router.
pub(crate) type Shared = Arc<Issuer>;

/// The provider behind its endpoints.
pub(crate) struct Issuer {
    pub(crate) config: Config,
    pub(crate) settings: Settings,
    pub(crate) handed: Handed,
    pub(crate) key: SigningKey,
    /// Authorization requests that wait for a password, by the login form's transaction.
    pub(crate) pending: Expiring<AuthorizationRequest>,
    /// Sign-outs that wait for an answer, by the form's ticket.
    pub(crate) confirmations: Expiring<Confirmation>,
    /// Codes, used ones included until they expire.
    pub(crate) codes: Expiring<AuthorizationCode>,
    /// What users have granted, by grant id; removing one ends all its tokens.
    pub(crate) grants: Expiring<Grant>,
    pub(crate) access_tokens: Expiring<AccessToken>,
    /// Refresh tokens, replaced ones included until their family ends.
    pub(crate) refresh_tokens: Expiring<RefreshToken>,
    /// Sessions by `sid`.
    pub(crate) sessions: Expiring<Session>,
    /// The `sid` behind each session cookie.
    pub(crate) cookies: Expiring<String>,
}

impl Issuer {
    pub(crate) fn new(config: Config, settings: Settings, handed: Handed) -> Self {
        for secret in config.clients.iter().filter_map(|client| client.secret.as_ref()) {
            handed.credentials.mint(Kind::ClientSecret, secret.expose());
        }
        for user in &config.users {
            handed.credentials.mint(Kind::Password, user.password.expose());
        }
        let clock = handed.clock.clone();
        Self {
            config,
            settings,
            key: SigningKey::generate(),
            pending: Expiring::new(&clock),
            confirmations: Expiring::new(&clock),
            codes: Expiring::new(&clock),
            grants: Expiring::new(&clock),
            access_tokens: Expiring::new(&clock),
            refresh_tokens: Expiring::new(&clock),
            sessions: Expiring::new(&clock),
            cookies: Expiring::new(&clock),
            handed,
        }
    }

    pub(crate) fn now_s(&self) -> u64 {
        self.handed.clock.now_s()
    }

    /// Makes a credential that nobody can guess, and registers it for redaction.
    pub(crate) fn mint(&self, kind: Kind) -> String {
        let value = hosting::random_token();
        self.handed.credentials.mint(kind, &value);
        value
    }
}
