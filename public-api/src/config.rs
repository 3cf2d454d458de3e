//! What the API must know about itself and its peers.

use hosting::{Issuer, Origin, Secret};

/// What the API must know.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the journal calls it when it asks the issuer.
    pub name: &'static str,
    /// What it does.
    pub business: Business,
    /// Where it is reached; named as the realm of its challenges, and in the DPoP proofs of its callers.
    pub origin: Origin,
    /// Who issues its tokens, found by discovery.
    pub issuer: Issuer,
    /// As whom it asks the issuer about tokens; nothing where all its tokens are JWTs.
    pub introspection: Option<IntrospectionClient>,
    /// What a token must be meant for.
    pub audience: String,
    /// What a token must be granted: one scope.
    pub scope: String,
    /// The pages that may read its answers.
    pub allowed_origins: Vec<Origin>,
}

/// A registration at the issuer that may ask about tokens (RFC 7662 §2.1).
#[derive(Clone, Debug)]
pub struct IntrospectionClient {
    /// Its `client_id`.
    pub id: String,
    /// The secret that belongs to it.
    pub secret: Secret,
}

/// What an API does, so that two of them differ in more than their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Business {
    /// Accounts, transfers, orders, and streams of what happens.
    #[default]
    Accounts,
    /// Payments to others, and nothing else.
    Payments,
}
