//! What users let applications have, and the question that is asked before (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2.4).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::authorization_request::AuthorizationRequest;
use crate::issuer::Issuer;
use crate::scope::Scope;
use crate::sessions::Session;
use crate::settings::Consent;

/// A request that waits for its user's consent.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) request: AuthorizationRequest,
    /// The session that was asked; nobody else can answer.
    pub(crate) sid: Arc<str>,
}

/// Scopes that were consented to, by user and client: no more than are registered, and forgotten with them.
#[derive(Default)]
pub(crate) struct Consents(Mutex<HashMap<(String, String), HashSet<String>>>);

impl Consents {
    fn covers(&self, sub: &str, client_id: &str, scope: &Scope) -> bool {
        let given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = given.get(&(sub.to_owned(), client_id.to_owned()));
        given.is_some_and(|given| scope.values().all(|value| given.contains(value)))
    }

    pub(crate) fn give(&self, sub: &str, client_id: &str, scope: &Scope) {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.entry((sub.to_owned(), client_id.to_owned())).or_default().extend(scope.values().map(str::to_owned));
    }

    /// Forgets what users have consented to for a client.
    pub(crate) fn forget_client(&self, client_id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(_, client), _| client != client_id);
    }

    /// Forgets what a user has consented to.
    pub(crate) fn forget(&self, sub: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(owner, _), _| owner != sub);
    }
}

/// Tells whether the user must be asked before the client gets what it asks for.
pub(crate) fn is_needed(issuer: &Issuer, request: &AuthorizationRequest, session: &Session) -> bool {
    let is_registered = || issuer.registry.client(&request.client_id).is_some_and(|client| client.require_consent);
    let asks = match issuer.settings.consent {
        Consent::AsRegistered => is_registered(),
        Consent::Always => true,
        Consent::Never => false,
    };
    request.interaction.demands_consent()
        || (asks && !issuer.consents.covers(&session.sub, &request.client_id, &request.scope))
}
