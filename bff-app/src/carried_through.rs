//! Work that is carried through, although whoever asked for it may go away before it is done.

use std::sync::Arc;

use http::StatusCode;
use tokio::task::JoinSet;

use crate::problem::Problem;
use crate::session::Session;
use crate::{Inner, Shared};

/// How many sessions' tokens are revoked side by side.
const AT_ONCE: usize = 16;

impl Inner {
    /// Does work in a task of its own: a caller that goes away does not leave it half done.
    ///
    /// # Errors
    ///
    /// As those of the work; 503 when the application stops.
    pub(crate) async fn carried_through<T, F>(&self, work: impl FnOnce(Shared) -> F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let stopped = || Problem::fixed(StatusCode::SERVICE_UNAVAILABLE, "the application is stopping");
        let bff = self.itself.upgrade().ok_or_else(stopped)?;
        tokio::spawn(Box::pin(work(bff))).await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Revokes the tokens of sessions that have ended, where the settings say so.
    pub(crate) async fn revoke_tokens_of(&self, ended: Vec<Arc<Session>>) {
        let Some(bff) = self.itself.upgrade().filter(|bff| bff.settings.logout.revoke.is_on()) else { return };
        let mut under_way = JoinSet::new();
        for session in ended {
            if under_way.len() >= AT_ONCE {
                under_way.join_next().await;
            }
            let bff = Arc::clone(&bff);
            under_way.spawn(async move { Box::pin(bff.oidc.revoke(&session.tokens)).await });
        }
        while under_way.join_next().await.is_some() {}
    }
}
