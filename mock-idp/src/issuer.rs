//! What the endpoints share: who the provider is, its keys, and everything that it remembers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::body::Bytes;
use hosting::{Clock, Handed, Kind, Secret};
use serde_json::Value;

use crate::authorization_request::AuthorizationRequest;
use crate::clients::{BadClient, Client};
use crate::consent::{Consents, Question};
use crate::events::{Events, Happened, Note};
use crate::expiring::Expiring;
use crate::grants::authorization_code::AuthorizationCode;
use crate::keys::Keys;
use crate::logout::{self, Confirmation, Undelivered};
use crate::misbehaviour::{Armed, Lie};
use crate::parameters::Parameters;
use crate::registry::Registry;
use crate::sessions::Session;
use crate::settings::Randomness;
use crate::tokens::{AccessToken, Grant, RefreshToken};
use crate::{Config, Settings};

/// The state of the router.
pub(crate) type Shared = Arc<Issuer>;

/// The provider behind its endpoints.
pub(crate) struct Issuer {
    pub(crate) config: Config,
    pub(crate) settings: Settings,
    pub(crate) handed: Handed,
    pub(crate) registry: Registry,
    pub(crate) keys: Keys,
    /// The lies that wait for their occasion.
    pub(crate) armed: Armed,
    pub(crate) events: Events,
    /// Authorization requests that wait for a password, by the login form's transaction.
    pub(crate) pending: Expiring<AuthorizationRequest>,
    /// Authorization requests that wait for the user's consent, by the form's ticket.
    pub(crate) questions: Expiring<Question>,
    /// What users have consented to.
    pub(crate) consents: Consents,
    /// Pushed authorization requests, by `request_uri`.
    pub(crate) pushed: Expiring<Parameters>,
    /// Sign-outs that wait for an answer, by the form's ticket.
    pub(crate) confirmations: Expiring<Confirmation>,
    /// Codes, used ones included until they expire.
    pub(crate) codes: Expiring<AuthorizationCode>,
    /// What users have granted, by grant id; removing one ends all its tokens.
    pub(crate) grants: Expiring<Arc<Grant>>,
    pub(crate) access_tokens: Expiring<Arc<AccessToken>>,
    /// Refresh tokens, replaced ones included until their family ends.
    pub(crate) refresh_tokens: Expiring<RefreshToken>,
    /// Sessions by `sid`.
    pub(crate) sessions: Expiring<Session>,
    /// The `sid` behind each session cookie.
    pub(crate) cookies: Expiring<Arc<str>>,
    /// The `jti` of every assertion and proof that was taken, with the key that signed it.
    pub(crate) seen: Expiring<()>,
    /// The nonces that DPoP proofs may repeat.
    pub(crate) dpop_nonces: Expiring<()>,
    /// What the nonces of DPoP proofs are made of.
    pub(crate) nonce_secret: Secret,
    /// Logout tokens that nobody took, oldest first.
    pub(crate) undelivered: Mutex<VecDeque<Undelivered>>,
    /// The places for logout tokens that are on their way.
    pub(crate) deliveries: tokio::sync::Semaphore,
    /// The nonce of the last sign-in, for a lie that replays it.
    pub(crate) last_nonce: Mutex<Option<String>>,
    /// The last active answer about a token, for a lie that repeats it.
    pub(crate) last_active: Expiring<Value>,
    /// The discovery document, once it was read.
    pub(crate) discovery: OnceLock<Bytes>,
    counter: AtomicU64,
}

impl Issuer {
    pub(crate) fn new(mut config: Config, settings: Settings, handed: Handed) -> Self {
        let registry = Registry::default();
        for resource in std::mem::take(&mut config.resources) {
            resource.check_profile(settings.fapi).expect("the resources of a deployment fit its profile");
            registry.put_resource(resource);
        }
        let clock = handed.clock.clone();
        let clients = std::mem::take(&mut config.clients);
        let users = std::mem::take(&mut config.users);
        let issuer = Self {
            keys: Keys::new(config.role),
            config,
            settings,
            registry,
            armed: Armed::default(),
            events: Events::new(handed.credentials.clone()),
            pending: Expiring::new(&clock),
            questions: Expiring::new(&clock),
            consents: Consents::default(),
            pushed: Expiring::new(&clock),
            confirmations: Expiring::new(&clock),
            codes: Expiring::new(&clock),
            grants: Expiring::new(&clock),
            access_tokens: Expiring::new(&clock),
            refresh_tokens: Expiring::new(&clock),
            sessions: Expiring::new(&clock),
            cookies: Expiring::new(&clock),
            seen: Expiring::new(&clock),
            dpop_nonces: Expiring::new(&clock),
            nonce_secret: Secret::new(hosting::random_token()),
            undelivered: Mutex::default(),
            deliveries: tokio::sync::Semaphore::new(logout::AT_ONCE),
            last_nonce: Mutex::default(),
            last_active: Expiring::new(&clock),
            discovery: OnceLock::new(),
            counter: AtomicU64::default(),
            handed,
        };
        for client in clients {
            issuer.register(client).expect("the clients of a deployment are whole");
        }
        for user in users {
            issuer.register_user(user);
        }
        issuer
    }

    /// Registers a client, and its secret for redaction.
    ///
    /// # Errors
    ///
    /// When the registration is not whole, or names what the profile forbids; nothing changes then.
    pub(crate) fn register(&self, client: Client) -> Result<(), BadClient> {
        client.check_profile(self.settings.fapi)?;
        if let Some(secret) = &client.client_secret {
            self.handed.credentials.mint(Kind::ClientSecret, secret.expose());
        }
        self.registry.put_client(client)
    }

    /// Registers a user, and the password for redaction.
    pub(crate) fn register_user(&self, user: crate::users::User) {
        self.handed.credentials.mint(Kind::Password, user.password.expose());
        self.registry.put_user(user);
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.handed.clock
    }

    pub(crate) fn now_s(&self) -> u64 {
        self.handed.clock.now_s()
    }

    /// Makes a credential that nobody can guess, and registers it for redaction.
    pub(crate) fn mint(&self, kind: Kind) -> String {
        let value = self.random_token();
        self.handed.credentials.mint(kind, &value);
        value
    }

    /// Makes a value of the kind that every credential is.
    pub(crate) fn random_token(&self) -> String {
        match self.settings.random {
            Randomness::System => hosting::random_token(),
            Randomness::Counter => {
                let mut bytes = [0_u8; 32];
                bytes[16..24].copy_from_slice(&self.now_s().to_be_bytes());
                bytes[24..].copy_from_slice(&self.next_number().to_be_bytes());
                hosting::base64url(&bytes)
            }
        }
    }

    /// Returns a number that this provider has not given before.
    pub(crate) fn next_number(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    /// Writes an event down.
    pub(crate) fn note(&self, happened: Happened, note: Note<'_>) {
        let at_ms = u64::try_from(self.clock().now().as_millis()).unwrap_or(u64::MAX);
        self.events.write(at_ms, happened, note);
    }

    /// Returns the armed lie that fits an occasion, and writes down that it is told.
    pub(crate) fn lie<T>(&self, client_id: Option<&str>, fits: impl Fn(Lie) -> Option<T>) -> Option<T> {
        let (lie, told) = self.armed.next(client_id, |lie| Some((lie, fits(lie)?)))?;
        self.note(
            Happened::Lied,
            Note { client_id: client_id.map(Into::into), detail: Some(lie.name().to_owned()), ..Note::default() },
        );
        Some(told)
    }
}

#[cfg(test)]
impl Issuer {
    /// Makes a provider that knows these clients, for tests of what no endpoint shows; its clock stands still.
    pub(crate) fn knowing(clients: Vec<Client>) -> Self {
        let issuer = hosting::Origin::parse("https://login.idp.test").expect("a scheme and a host name are an origin");
        let role = crate::Role::Honest;
        let config = Config { issuer, mtls: None, role, clients, users: Vec::new(), resources: Vec::new() };
        Self::new(config, Settings::default(), Handed { clock: Clock::standing(), ..Handed::for_tests() })
    }
}
