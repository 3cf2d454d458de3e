//! What a provider can do beside signing users in, and what is lost where it cannot.

use super::exchange::TOKEN_EXCHANGE;
use super::{Oidc, OidcError};

/// What the provider's metadata offers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for one member of the metadata")]
pub struct Abilities {
    /// Ends its own session (OpenID Connect RP-Initiated Logout 1.0 §2).
    pub end_session: bool,
    /// Revokes tokens (RFC 7009).
    pub revocation: bool,
    /// Says that a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.1).
    pub backchannel_logout: bool,
    /// Takes pushed authorization requests (RFC 9126).
    pub pushed_authorization_requests: bool,
    /// Exchanges tokens (RFC 8693).
    pub token_exchange: bool,
    /// Answers who a user is (OpenID Connect Core 1.0 §5.3).
    pub userinfo: bool,
}

impl Abilities {
    /// Returns a sentence for each that is missing: what the provider lacks, and what that means here.
    pub fn missing(&self) -> Vec<&'static str> {
        let all = [
            (self.end_session, "no end_session_endpoint: a sign-out leaves the provider's own session open"),
            (self.revocation, "no revocation_endpoint: tokens live on after sign-out until they expire"),
            (self.backchannel_logout, "no back-channel logout: a sign-out elsewhere does not end sessions here"),
            (self.pushed_authorization_requests, "no pushed authorization requests: login.par cannot be switched on"),
            (self.token_exchange, "no token exchange: every API gets the token of the user's sign-in"),
            (self.userinfo, "no userinfo_endpoint: a user is known by the ID token's claims alone"),
        ];
        all.into_iter().filter(|(is_there, _)| !is_there).map(|(_, sentence)| sentence).collect()
    }
}

impl Oidc {
    /// Returns what the provider can do.
    ///
    /// # Errors
    ///
    /// When its metadata cannot be fetched.
    pub(crate) async fn abilities(&self) -> Result<Abilities, OidcError> {
        let metadata = self.metadata().await?;
        Ok(Abilities {
            end_session: metadata.end_session_endpoint.is_some(),
            revocation: metadata.revocation_endpoint.is_some(),
            backchannel_logout: metadata.backchannel_logout_supported,
            pushed_authorization_requests: metadata.pushed_authorization_request_endpoint.is_some(),
            token_exchange: metadata.has_grant(TOKEN_EXCHANGE),
            userinfo: metadata.userinfo_endpoint.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_missing_and_nothing_else() {
        let all = Abilities {
            end_session: true,
            revocation: true,
            backchannel_logout: true,
            pushed_authorization_requests: true,
            token_exchange: true,
            userinfo: true,
        };
        assert!(all.missing().is_empty());
        let missing = Abilities { revocation: false, ..all }.missing();
        assert_eq!(missing, ["no revocation_endpoint: tokens live on after sign-out until they expire"]);
    }
}
