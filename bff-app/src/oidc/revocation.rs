//! The end of a user's tokens at sign-out (RFC 7009).

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::metadata::Endpoint;
use super::token_request::Proof;
use super::{Oidc, OidcError};
use crate::session::Tokens;

/// How long a sign-out waits for the provider, both tokens together.
const LONGEST: Duration = Duration::from_secs(3);

impl Oidc {
    /// Revokes both tokens, side by side; one that cannot be revoked keeps neither the other nor the sign-out.
    ///
    /// A token that the provider did not revoke within three seconds is counted and forgotten: it ends by itself.
    pub(crate) async fn revoke(&self, tokens: &Tokens) {
        let refresh = async {
            match &tokens.refresh_token {
                Some(token) => self.revoke_one(token, "refresh_token").await,
                None => true,
            }
        };
        // The refresh token first: at many providers the access tokens end with it (RFC 7009 §2.1).
        let both = async { tokio::join!(refresh, self.revoke_one(&tokens.access_token, "access_token")) };
        let alive = match tokio::time::timeout(LONGEST, both).await {
            Ok((refresh, access)) => u64::from(!refresh) + u64::from(!access),
            Err(_) => 1 + u64::from(tokens.refresh_token.is_some()),
        };
        if alive > 0 {
            let in_all = self.revocation_failures.fetch_add(alive, Ordering::Relaxed) + alive;
            tracing::warn!(tokens = alive, in_all, "tokens of a user who signed out could not be revoked");
        }
    }

    /// Revokes one token, and tells whether that is done; at a provider without revocation there is nothing to do.
    async fn revoke_one(&self, token: &str, hint: &str) -> bool {
        let url = match self.endpoint(Endpoint::Revocation).await {
            Ok(url) => url,
            Err(OidcError::NotOffered(_)) => return true,
            Err(_) => return false,
        };
        let answer = self.post(&url, &[("token", token), ("token_type_hint", hint)], Proof::Omitted).await;
        answer.is_ok_and(|answer| answer.success().is_ok())
    }
}
