//! A user's own sessions, as the user sees them and ends them.

use std::sync::Arc;

use hosting::base64url;

use super::{Place, Sessions, key_of};
use crate::problem::Problem;
use crate::session::store::group_of_sub;
use crate::session::{Found, Listed, Session};
use crate::storage::Key;

/// How much of its digest names a session to its user, in characters.
const LISTED_ID: usize = 16;

impl Sessions {
    /// Lists a user's sessions, the last used first. Nobody knows where sealed ones are.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn of_user(&self, sub: &str) -> Result<Vec<Listed>, Problem> {
        let Place::Server(store) = &self.place else { return Ok(Vec::new()) };
        let members = store.members(group_of_sub(sub), self.handed.clock.now_s()).await?;
        let mut listed: Vec<Listed> = members
            .into_iter()
            .map(|(key, kept)| Listed {
                id: listed_id(&key),
                began_s: kept.session.began_s,
                used_s: kept.used_s,
                user_agent: kept.session.user_agent.clone(),
            })
            .collect();
        listed.sort_by_key(|listed| std::cmp::Reverse(listed.used_s));
        Ok(listed)
    }

    /// Ends one of a user's sessions and returns it; nothing where there was none of this name among them.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn end_listed(&self, sub: &str, id: &str) -> Result<Option<Arc<Session>>, Problem> {
        let Place::Server(store) = &self.place else { return Ok(None) };
        let members = store.members(group_of_sub(sub), self.handed.clock.now_s()).await?;
        let Some((key, kept)) = members.into_iter().find(|(key, _)| listed_id(key) == id) else { return Ok(None) };
        let was_there = store.end(key).await?;
        self.ended.notify_waiters();
        Ok(was_there.then_some(kept.session))
    }

    /// Returns the name of a session in its user's list.
    pub(crate) fn listed_id(found: &Found) -> String {
        listed_id(&key_of(&found.key))
    }
}

fn listed_id(key: &Key) -> String {
    let mut id = base64url(key);
    id.truncate(LISTED_ID);
    id
}
