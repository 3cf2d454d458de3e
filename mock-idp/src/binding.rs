//! What a token is bound to, so that a copy of it alone is worth nothing.

use serde_json::{Value, json};

/// The key without which a token is worth nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Binding {
    /// None: whoever holds the token may use it (RFC 6750).
    #[default]
    Bearer,
    /// The key of DPoP proofs, by its thumbprint (RFC 9449 §6).
    Dpop(String),
    /// The certificate of the TLS connection, by its thumbprint (RFC 8705 §3).
    Certificate(String),
}

impl Binding {
    /// Returns how the token is to be presented (RFC 9449 §5, RFC 8705 §3).
    pub(crate) fn token_type(&self) -> &'static str {
        match self {
            Self::Dpop(_) => "DPoP",
            Self::Bearer | Self::Certificate(_) => "Bearer",
        }
    }

    /// Returns the `cnf` member (RFC 7800 §3.1), where the token is bound.
    pub(crate) fn confirmation(&self) -> Option<Value> {
        match self {
            Self::Bearer => None,
            Self::Dpop(thumbprint) => Some(json!({"jkt": thumbprint})),
            Self::Certificate(thumbprint) => Some(json!({"x5t#S256": thumbprint})),
        }
    }
}
