//! The registered clients and users.

use hosting::Secret;
use url::Url;

use crate::Config;
use crate::settings::Switch;

/// How a client can prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// It keeps a secret on a server (RFC 6749 §2.1).
    Confidential,
    /// It runs where nothing can be kept secret, such as a page.
    Public,
    /// It signs nobody in; it asks what tokens are worth (RFC 7662).
    ResourceServer,
}

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client identifier.
    pub id: String,
    /// How it can prove who it is.
    pub kind: ClientKind,
    /// The secret of a confidential client or resource server.
    pub secret: Option<Secret>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where the browser may be sent after sign-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are posted.
    pub backchannel_logout_uri: Option<String>,
    /// The origins whose scripts may call the provider.
    pub allowed_origins: Vec<String>,
    /// The `aud` of the access tokens that this client gets.
    pub audience: String,
    /// The scopes that this client may ask for.
    pub scopes: Vec<String>,
}

impl Client {
    /// Tells whether a code may be sent to this address.
    ///
    /// Source: RFC 9700 §2.1, exact string matching.
    pub(crate) fn may_redirect_to(&self, redirect_uri: &str, exact: Switch) -> bool {
        match exact {
            Switch::On => self.redirect_uris.iter().any(|registered| registered == redirect_uri),
            // The classic mistake: a prefix without a delimiter also begins https://app.test@evil.test/.
            Switch::Off => self.redirect_uris.iter().any(|registered| {
                Url::parse(registered).is_ok_and(|url| redirect_uri.starts_with(&url.origin().ascii_serialization()))
            }),
        }
    }
}

/// Somebody who can sign in.
#[derive(Clone, Debug)]
pub struct User {
    /// The subject identifier, which never changes.
    pub sub: String,
    /// What is typed to sign in.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// The name for display.
    pub name: String,
    /// The address of electronic mail.
    pub email: String,
}

impl Config {
    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    pub(crate) fn user(&self, sub: &str) -> Option<&User> {
        self.users.iter().find(|user| user.sub == sub)
    }

    /// Returns the user whom name and password name.
    pub(crate) fn user_with_password(&self, username: &str, password: &str) -> Option<&User> {
        let user = self.users.iter().find(|user| user.username == username)?;
        hosting::same_bytes(user.password.expose().as_bytes(), password.as_bytes()).then_some(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client {
            id: "app".to_owned(),
            kind: ClientKind::Public,
            secret: None,
            redirect_uris: vec!["https://app.test/callback".to_owned()],
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            allowed_origins: Vec::new(),
            audience: "api".to_owned(),
            scopes: Vec::new(),
        }
    }

    #[test]
    fn only_the_registered_string_is_a_redirect_uri() {
        assert!(client().may_redirect_to("https://app.test/callback", Switch::On));
        for uri in ["https://app.test/callback/", "https://app.test/", "https://app.test@evil.test/", ""] {
            assert!(!client().may_redirect_to(uri, Switch::On), "{uri}");
        }
    }

    #[test]
    fn without_exact_matching_another_host_gets_through() {
        assert!(client().may_redirect_to("https://app.test@evil.test/", Switch::Off));
        assert!(!client().may_redirect_to("https://evil.test/", Switch::Off));
    }
}
