//! A fresh access token for a session: one refresh for all that wait, at all replicas; a rotated token works once.

mod lease;

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderValue, StatusCode};
use tokio::sync::Mutex as Turn;
use tokio::time::error::Elapsed;

use crate::Inner;
use crate::observe::Event;
use crate::oidc::OidcError;
use crate::problem::Problem;
use crate::session::{Found, Renewed, Session, Tokens};
use crate::storage::{Backend, lock};
use lease::Leases;

/// How long before its end an access token counts as expired, in seconds.
const EARLY_S: u64 = 5;
/// How long a request waits for others to refresh. A provider that is slower than that keeps only one of them waiting.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How long the work of one turn may take: metadata, a token request, its repetition with a nonce, ten seconds each at
/// most, and the store. The lease outlasts it.
const LONGEST_WORK: Duration = Duration::from_secs(40);
const _: () = assert!(LONGEST_WORK.as_secs() < lease::LIFE.as_secs());

/// Whose turn it is to refresh a session's tokens.
pub(crate) struct Refreshes {
    /// In this process, by session.
    turns: Mutex<HashMap<String, Arc<Turn<()>>>>,
    /// Among the replicas.
    leases: Leases,
}

impl Refreshes {
    pub(crate) fn new(backend: &Backend) -> Self {
        Self { turns: Mutex::default(), leases: Leases::new(backend) }
    }

    fn turn(&self, key: &str) -> Arc<Turn<()>> {
        let mut turns = lock(&self.turns);
        // Turns that nobody waits for are dropped, so that ended sessions leave nothing behind.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(key.to_owned()).or_default().clone()
    }
}

/// A session's tokens, and what the response must set where they live in the cookie.
pub(crate) struct Fresh {
    pub(crate) tokens: FreshTokens,
    pub(crate) set_cookie: Option<HeaderValue>,
}

/// The tokens of a session, without a copy of them.
pub(crate) struct FreshTokens(Arc<Session>);

impl Deref for FreshTokens {
    type Target = Tokens;

    fn deref(&self) -> &Tokens {
        &self.0.tokens
    }
}

impl From<Renewed> for Fresh {
    fn from(renewed: Renewed) -> Self {
        Self { tokens: FreshTokens(renewed.session), set_cookie: renewed.set_cookie }
    }
}

impl From<Arc<Session>> for Fresh {
    fn from(session: Arc<Session>) -> Self {
        Self { tokens: FreshTokens(session), set_cookie: None }
    }
}

impl Inner {
    /// Returns tokens whose access token is still good.
    ///
    /// # Errors
    ///
    /// 401 when the session has ended, or its refresh token, which then ends the session; 502 when the provider does
    /// not answer; 503 when the store does not, or when others take too long to refresh.
    pub(crate) async fn fresh_tokens(&self, found: &Found) -> Result<Fresh, Problem> {
        self.tokens_beside(found, None).await
    }

    /// Returns tokens beside the access token that an API has refused although it looked good.
    ///
    /// Where there is no refresh token, it is the same one again: only the API says that it is worth nothing.
    ///
    /// # Errors
    ///
    /// As [`Inner::fresh_tokens`].
    pub(crate) async fn fresher_tokens(&self, found: &Found, refused: &str) -> Result<Fresh, Problem> {
        self.tokens_beside(found, Some(refused)).await
    }

    async fn tokens_beside(&self, found: &Found, refused: Option<&str>) -> Result<Fresh, Problem> {
        if self.is_good(&found.session.tokens, refused) {
            return Ok(Arc::clone(&found.session).into());
        }
        let (found, refused) = (found.clone(), refused.map(str::to_owned));
        // A caller that goes away must not take with it what was rotated (RFC 9700 §4.14.2).
        self.carried_through(|bff| async move { Box::pin(bff.refreshed(&found, refused.as_deref())).await }).await
    }

    async fn refreshed(&self, found: &Found, refused: Option<&str>) -> Result<Fresh, Problem> {
        let current = async { self.sessions.current(found).await?.ok_or_else(Problem::signed_out) };
        if !self.settings.token.single_flight.is_on() {
            return self.refresh(found, current.await?, refused).await;
        }
        let refresh = async {
            // Whoever waited finds what the first has fetched.
            let session = current.await?;
            if self.is_good(&session.tokens, refused) {
                return Ok(session.into());
            }
            self.refresh(found, session, refused).await
        };
        Box::pin(self.in_turn(&found.key, refresh)).await
    }

    /// Lets one request at a time use the refresh token of a session, at all replicas.
    ///
    /// # Errors
    ///
    /// As those of the work; 503 when it takes too long until its turn comes, or when the store does not answer.
    pub(crate) async fn in_turn<T>(
        &self,
        key: &str,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let late = |_: Elapsed| {
            Problem::fixed(StatusCode::SERVICE_UNAVAILABLE, "the tokens are not renewed in time: try again")
        };
        let turn = self.refreshes.turn(key).lock_owned();
        let _turn = tokio::time::timeout(LONGEST_WAIT, turn).await.map_err(late)?;
        let lease = self.refreshes.leases.of(key);
        tokio::time::timeout(LONGEST_WAIT, lease.wait()).await.map_err(late)??;
        let done = tokio::time::timeout(LONGEST_WORK, work).await.unwrap_or_else(|elapsed| Err(late(elapsed)));
        lease.give_back().await;
        done
    }

    async fn refresh(&self, found: &Found, session: Arc<Session>, refused: Option<&str>) -> Result<Fresh, Problem> {
        if session.tokens.refresh_token.is_none() {
            return if refused.is_some() { Ok(session.into()) } else { Err(self.ended_with_its_token(found).await) };
        }
        match self.oidc.refresh(&session.tokens).await {
            Ok(tokens) => {
                self.watch.count(Event::Refresh);
                self.keep(found, &session, tokens).await
            }
            Err(OidcError::Refused { ref error, .. }) if error == "invalid_grant" => {
                self.watch.count(Event::RefreshRefused);
                Err(self.ended_with_its_token(found).await)
            }
            Err(error) => Err(error.told(StatusCode::BAD_GATEWAY)),
        }
    }

    async fn keep(&self, found: &Found, session: &Session, tokens: Tokens) -> Result<Fresh, Problem> {
        let renewed = self.sessions.renew(&found.key, session, tokens.clone()).await;
        // Whoever signed out meanwhile had the old tokens revoked, and never heard of these.
        if renewed.as_ref().is_err_and(|problem| problem.status == StatusCode::UNAUTHORIZED)
            && self.settings.logout.revoke.is_on()
        {
            self.oidc.revoke(&tokens).await;
        }
        renewed.map(Fresh::from)
    }

    /// Ends the session whose refresh token has ended, where the settings say so (RFC 10017 §6.1.2.2).
    pub(crate) async fn ended_with_its_token(&self, found: &Found) -> Problem {
        if !self.settings.session.rt_align.is_on() {
            return Problem::fixed(StatusCode::UNAUTHORIZED, "the tokens cannot be renewed: go to /bff/login");
        }
        self.sessions.end(&found.key).await.err().unwrap_or_else(Problem::signed_out)
    }

    fn is_good(&self, tokens: &Tokens, refused: Option<&str>) -> bool {
        let is_young = tokens.access_expires_s > self.handed.clock.now_s() + EARLY_S;
        is_young && refused != Some(tokens.access_token.as_str())
    }
}
