//! Tokens for one API: the user's own exchanged, or a technical user's by its password.

use hosting::Secret;
use serde::{Deserialize, Serialize};

use super::{Oidc, OidcError};

/// The grant by which one token becomes another (RFC 8693 §2.1).
pub(super) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The type of the token that is given and of the one that is asked for (RFC 8693 §3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// An access token outside of any session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exchanged {
    pub(crate) access_token: String,
    /// When it ends, in seconds since 1970.
    pub(crate) expires_s: u64,
    /// How it is presented, as the provider writes it: `Bearer` or `DPoP`, in any case.
    pub(crate) token_type: String,
}

impl std::fmt::Debug for Exchanged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "‹a {} token until {}›", self.token_type, self.expires_s)
    }
}

impl Oidc {
    /// Exchanges a user's access token for one that a single API takes.
    ///
    /// Source: RFC 8693 §2.1.
    ///
    /// # Errors
    ///
    /// When the provider does not answer, or refuses.
    pub(crate) async fn exchange(
        &self,
        subject_token: &str,
        audience: &str,
        scope: Option<&str>,
    ) -> Result<Exchanged, OidcError> {
        let mut form = vec![
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token", subject_token),
            ("subject_token_type", ACCESS_TOKEN),
            ("requested_token_type", ACCESS_TOKEN),
            ("audience", audience),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        Ok(self.exchanged(&self.tokens(&form).await?))
    }

    /// Fetches a technical user's token by its password, which RFC 9700 §2.4 forbids: the API no longer sees the user.
    ///
    /// Source: RFC 6749 §4.3.2; RFC 8707 §2.2 for the audience.
    ///
    /// # Errors
    ///
    /// When the provider does not answer, or refuses.
    pub(crate) async fn password(
        &self,
        username: &str,
        password: &Secret,
        audience: &str,
    ) -> Result<Exchanged, OidcError> {
        let form = [
            ("grant_type", "password"),
            ("username", username),
            ("password", password.expose()),
            ("resource", audience),
        ];
        Ok(self.exchanged(&self.tokens(&form).await?))
    }

    /// Tells whether the provider says that it exchanges tokens.
    ///
    /// # Errors
    ///
    /// When its metadata cannot be fetched.
    pub(crate) async fn exchanges_tokens(&self) -> Result<bool, OidcError> {
        Ok(self.metadata().await?.has_grant(TOKEN_EXCHANGE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_its_life_and_not_itself() {
        let token = Exchanged { access_token: "secret".into(), expires_s: 7, token_type: "Bearer".into() };
        assert_eq!(format!("{token:?}"), "‹a Bearer token until 7›");
    }
}
