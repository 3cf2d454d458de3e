//! A fresh access token for a session: one refresh for all requests that wait, because a rotated token works once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderValue, StatusCode};
use tokio::sync::Mutex as Turn;

use crate::Inner;
use crate::oidc::OidcError;
use crate::problem::Problem;
use crate::session::{Found, Tokens};

/// How long before its end an access token counts as expired, in seconds.
const EARLY_S: u64 = 5;

/// Whose turn it is, by session.
#[derive(Default)]
pub(crate) struct Refreshes(Mutex<HashMap<String, Arc<Turn<()>>>>);

/// A session's tokens, and what the response must set where they live in the cookie.
pub(crate) struct Fresh {
    pub(crate) tokens: Tokens,
    pub(crate) set_cookie: Option<HeaderValue>,
}

impl Inner {
    /// Returns tokens whose access token is still good.
    ///
    /// # Errors
    ///
    /// 401 when the provider refuses the refresh, which ends the session; 502 when it does not answer.
    pub(crate) async fn fresh_tokens(&self, found: &Found) -> Result<Fresh, Problem> {
        if self.is_good(&found.session.tokens) {
            return Ok(Fresh { tokens: found.session.tokens.clone(), set_cookie: None });
        }
        let turn = self.refreshes.turn(&found.key);
        let _turn = if self.settings.single_flight.is_on() { Some(turn.lock().await) } else { None };
        // Whoever waited finds what the first has fetched.
        let session = self.sessions.current(found).ok_or_else(Problem::signed_out)?;
        if self.settings.single_flight.is_on() && self.is_good(&session.tokens) {
            return Ok(Fresh { tokens: session.tokens, set_cookie: None });
        }
        if session.tokens.refresh_token.is_none() {
            return Err(Problem::signed_out());
        }
        match self.oidc.refresh(&session.tokens).await {
            Ok(tokens) => {
                let set_cookie = self.sessions.renew(&found.key, &session, tokens.clone());
                Ok(Fresh { tokens, set_cookie })
            }
            Err(OidcError::Refused { .. }) => {
                self.sessions.end(&found.key);
                Err(Problem::signed_out())
            }
            Err(error) => Err(Problem::new(StatusCode::BAD_GATEWAY, error.to_string())),
        }
    }

    fn is_good(&self, tokens: &Tokens) -> bool {
        tokens.access_expires_s > self.handed.clock.now_s() + EARLY_S
    }
}

impl Refreshes {
    fn turn(&self, key: &str) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Turns that nobody waits for are dropped, so that ended sessions leave nothing behind.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(key.to_owned()).or_default().clone()
    }
}
