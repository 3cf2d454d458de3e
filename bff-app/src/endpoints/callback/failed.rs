//! Why a sign-in came to nothing.

/// The error codes of providers that are passed on (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6, RFC 8707 §2).
const KNOWN: [&str; 18] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_request_object",
    "invalid_request_uri",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "registration_not_supported",
    "request_not_supported",
    "request_uri_not_supported",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unmet_authentication_requirements",
    "unsupported_response_type",
];

/// Why a sign-in came to nothing. Nothing of the response stands in it but a code that is known beforehand.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error("the response has a parameter twice")]
    Duplicate,
    #[error("this browser has no sign-in under way")]
    NoTransaction,
    #[error("the response belongs to another sign-in")]
    State,
    #[error("the response comes from another provider")]
    Issuer,
    #[error("the provider refused the sign-in: {0}")]
    Refused(&'static str),
    #[error("the response has no code")]
    NoCode,
    #[error("the provider did not redeem the code")]
    Provider,
    #[error("the provider's ID token was refused")]
    IdToken,
    #[error("the sign-in is too old, or weaker than it was asked for")]
    TooWeak,
    #[error("the provider's session has ended meanwhile")]
    Ended,
    #[error("sessions cannot be kept now")]
    Store,
}

impl Failed {
    /// Makes the reason out of an error response.
    pub(super) fn refused(error: &str) -> Self {
        Self::Refused(KNOWN.into_iter().find(|known| *known == error).unwrap_or("other"))
    }

    /// Returns the code that goes into the page's address.
    pub(super) fn code(&self) -> &'static str {
        match *self {
            Self::Duplicate => "duplicate_parameter",
            Self::NoTransaction => "no_transaction",
            Self::State => "wrong_state",
            Self::Issuer => "wrong_issuer",
            Self::Refused(code) => code,
            Self::NoCode => "no_code",
            Self::Provider => "provider_error",
            Self::IdToken => "id_token_refused",
            Self::TooWeak => "too_weak",
            Self::Ended => "session_ended",
            Self::Store => "store_unavailable",
        }
    }
}

/// Tells whether a provider says that it would have to ask the user, which it was asked not to.
///
/// Source: OpenID Connect Core 1.0 §3.1.2.6.
pub(super) fn would_ask(error: &str) -> bool {
    matches!(error, "login_required" | "consent_required" | "interaction_required" | "account_selection_required")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_the_providers_own_is_not_passed_on() {
        assert_eq!(Failed::refused("access_denied").code(), "access_denied");
        for other in ["", "<script>", "ACCESS_DENIED", "access_denied&x=1"] {
            assert_eq!(Failed::refused(other).code(), "other", "{other}");
        }
        assert!(KNOWN.is_sorted() && KNOWN.iter().filter(|code| would_ask(code)).count() == 4);
    }
}
