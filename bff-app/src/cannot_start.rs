//! Why the application cannot start.

/// Why the application cannot start; every text says what to give it, and none holds a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotStart {
    /// Sessions have no place in which they could be kept.
    #[error("{0}")]
    Storage(String),
    /// A switch asks for a credential that is not there.
    #[error("{0}")]
    Credential(&'static str),
    /// A key is missing, or cannot be used.
    #[error("{0}")]
    Key(String),
}
