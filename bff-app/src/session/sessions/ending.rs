//! The ends of sessions, whoever ends them.

use std::sync::Arc;

use super::{Place, Sessions, key_of};
use crate::problem::Problem;
use crate::session::Session;
use crate::session::store::{Slide, group_of_sid, group_of_sub};
use crate::storage::Key;

impl Sessions {
    /// Ends a session, and returns it as it was last, where the server knows that: another request may have renewed it.
    ///
    /// A sealed one ends in the browser that forgets it, and elsewhere where that is remembered.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn end(&self, key: &str) -> Result<Option<Arc<Session>>, Problem> {
        let now = self.handed.clock.now_s();
        let last = match &self.place {
            Place::Server(store) => {
                let kept = store.find(key_of(key), now, Slide::No).await?;
                let was_there = store.end(key_of(key)).await?;
                kept.filter(|_| was_there).map(|kept| kept.session)
            }
            Place::Cookie(sealed) => {
                let renewed = sealed.renewed(key, now);
                sealed.end(key, self.lives.absolute_s).await?;
                renewed
            }
        };
        self.ended.notify_waiters();
        Ok(last)
    }

    /// Ends every session of a user, and returns those that are known of.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn end_all_of(&self, sub: &str) -> Result<Vec<Arc<Session>>, Problem> {
        let members = match &self.place {
            Place::Server(store) => store.members(group_of_sub(sub), self.handed.clock.now_s()).await?,
            Place::Cookie(_) => Vec::new(),
        };
        self.end_by_sub(sub).await?;
        Ok(members.into_iter().map(|(_, kept)| kept.session).collect())
    }

    /// Ends every session that one session at the provider has begun, and returns how many are known of.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn end_by_sid(&self, sid: &str) -> Result<usize, Problem> {
        self.end_group(group_of_sid(sid)).await
    }

    /// Ends every session of a user, and returns how many are known of.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn end_by_sub(&self, sub: &str) -> Result<usize, Problem> {
        self.end_group(group_of_sub(sub)).await
    }

    /// Ends the sessions that one session at the provider has begun for this user, and returns how many are known of.
    ///
    /// Sealed ones end by the provider's session alone: nobody knows whose they are.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn end_by_sid_and_sub(&self, sid: &str, sub: &str) -> Result<usize, Problem> {
        let Place::Server(store) = &self.place else { return self.end_by_sid(sid).await };
        let mut ended = 0;
        for (key, kept) in store.members(group_of_sid(sid), self.handed.clock.now_s()).await? {
            if *kept.session.sub == *sub && store.end(key).await? {
                ended += 1;
            }
        }
        self.ended.notify_waiters();
        Ok(ended)
    }

    async fn end_group(&self, group: Key) -> Result<usize, Problem> {
        let ended = match &self.place {
            Place::Server(store) => store.end_group(group).await?,
            Place::Cookie(sealed) => {
                sealed.end_group(group, self.handed.clock.now_s(), self.lives.absolute_s).await?;
                0
            }
        };
        self.ended.notify_waiters();
        Ok(ended)
    }
}
