//! The people who can sign in.

use hosting::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::scope::Scope;

/// Somebody who can sign in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The subject identifier, which never changes.
    pub sub: String,
    /// What is typed to sign in.
    pub username: String,
    /// The password; it is compared in constant time and not hashed, because the users are invented.
    #[serde(skip_serializing)]
    #[schemars(with = "String")]
    pub password: Secret,
    /// The code that is typed beside the password where an application asks for a second factor.
    #[serde(default, skip_serializing)]
    #[schemars(with = "Option<String>")]
    pub one_time_code: Option<Secret>,
    /// The name for display.
    #[serde(default)]
    pub name: String,
    /// The given name.
    #[serde(default)]
    pub given_name: Option<String>,
    /// The family name.
    #[serde(default)]
    pub family_name: Option<String>,
    /// The address of electronic mail.
    #[serde(default)]
    pub email: String,
    /// Whether the address was seen to be the user's.
    #[serde(default)]
    pub email_verified: bool,
    /// What the user may do.
    #[serde(default)]
    pub roles: Vec<String>,
    /// A disabled user has no session and no token, and cannot sign in.
    #[serde(default)]
    pub disabled: bool,
}

impl User {
    /// Makes a user who is called by one word.
    pub fn new(username: &str, password: Secret) -> Self {
        Self {
            sub: format!("sub-{username}"),
            username: username.to_owned(),
            password,
            one_time_code: None,
            name: username.to_owned(),
            given_name: None,
            family_name: None,
            email: format!("{username}@example.test"),
            email_verified: true,
            roles: Vec::new(),
            disabled: false,
        }
    }

    /// Returns what a scope tells about the user (OpenID Connect Core 1.0 §5.1 and §5.4), `sub` apart.
    pub(crate) fn claims(&self, scope: &Scope) -> Map<String, Value> {
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        if scope.contains("profile") {
            say("name", json!(self.name));
            say("preferred_username", json!(self.username));
            if let Some(name) = &self.given_name {
                say("given_name", json!(name));
            }
            if let Some(name) = &self.family_name {
                say("family_name", json!(name));
            }
            if !self.roles.is_empty() {
                say("roles", json!(self.roles));
            }
        }
        if scope.contains("email") {
            say("email", json!(self.email));
            say("email_verified", json!(self.email_verified));
        }
        claims
    }

    /// Tells whether this is the password, in a time that does not depend on where it differs.
    pub(crate) fn has_password(&self, password: &str) -> bool {
        hosting::same_bytes(self.password.expose().as_bytes(), password.as_bytes())
    }

    /// Tells whether this is the code of the second factor.
    pub(crate) fn has_one_time_code(&self, code: &str) -> bool {
        let known = self.one_time_code.as_ref().map(Secret::expose);
        known.is_some_and(|known| hosting::same_bytes(known.as_bytes(), code.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_shows_no_password() {
        let mut user = User::new("alice", Secret::new("hunter22"));
        user.one_time_code = Some(Secret::new("123456"));
        let text = serde_json::to_string(&user).unwrap();
        assert!(!text.contains("hunter22") && !text.contains("123456"), "{text}");
        assert!(!format!("{user:?}").contains("hunter22"));
    }

    #[test]
    fn a_scope_tells_no_more_than_it_says() {
        let user = User::new("alice", Secret::new("x"));
        assert!(user.claims(&Scope::parse("openid")).is_empty());
        assert_eq!(user.claims(&Scope::parse("email"))["email_verified"], true);
    }
}
