//! What a user must have, so that somebody can sign in by it.

use crate::users::User;

/// Why a user cannot be registered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("user {username:?}: {reason}")]
pub(crate) struct BadUser {
    username: String,
    reason: &'static str,
}

impl User {
    /// Checks that the user is whole.
    ///
    /// # Errors
    ///
    /// [`BadUser`] names what is empty; a form without a value counts as left out, so an empty one could never be typed.
    pub(crate) fn check(&self) -> Result<(), BadUser> {
        let reason = if self.sub.is_empty() {
            "give it a sub"
        } else if self.username.is_empty() {
            "give it a username"
        } else if self.password.expose().is_empty() {
            "give it a password"
        } else {
            return Ok(());
        };
        Err(BadUser { username: self.username.clone(), reason })
    }
}

#[cfg(test)]
mod tests {
    use hosting::Secret;

    use super::*;

    #[test]
    fn a_user_without_a_password_is_not_whole() {
        assert_eq!(User::new("alice", Secret::new("pw")).check(), Ok(()));
        let refused = User::new("alice", Secret::new("")).check().unwrap_err().to_string();
        assert_eq!(refused, "user \"alice\": give it a password");
    }
}
