//! What the provider protects, one switch per protection; the default is the reference deployment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a protection is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// The protection is there.
    #[default]
    On,
    /// The protection is taken away.
    Off,
}

impl Switch {
    /// Tells whether the protection is there.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// What an access token looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessTokenFormat {
    /// A reference that only the provider can resolve, so that it ends when the provider says so.
    #[default]
    Opaque,
    /// A signed `at+jwt` (RFC 9068), which whoever checks it alone accepts until it expires.
    Jwt,
}

/// Every switch and every life of the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Settings {
    /// Binds a code to the client instance that asked for it, so that a stolen code is worthless (RFC 7636).
    pub pkce: Switch,
    /// Compares redirect URIs as whole strings; `off` compares the registered origin as a prefix only (RFC 9700 §2.1).
    pub redirect_exact: Switch,
    /// Names the issuer in every authorization response, against mix-up (RFC 9207).
    pub iss: Switch,
    /// Ends access and refresh tokens with the provider's session, so that signing out reaches every API.
    pub at_session: Switch,
    /// Replaces a refresh token at every use, so that a copy and the original cannot both live on (RFC 9700 §4.14.2).
    pub rt_rotate: Switch,
    /// Revokes the whole family when a replaced refresh token comes back, because one of the two holders is a thief.
    pub rt_reuse_detection: Switch,
    /// Revokes the access tokens of a grant together with its refresh token (RFC 7009 §2.1).
    pub cascade: Switch,
    /// Tells every application of a session that it has ended (OpenID Connect Back-Channel Logout 1.0).
    pub bcl: Switch,
    /// Answers introspection to authenticated resource servers only, against token scanning (RFC 7662 §4).
    pub introspect_auth: Switch,
    /// Takes a code once, and revokes what it gave when it comes back (RFC 6749 §4.1.2).
    pub code_once: Switch,
    /// Asks before a sign-out that no valid `id_token_hint` vouches for, against forced sign-out.
    pub confirm: Switch,
    /// Decides whether access tokens can be revoked at once (`opaque`) or can be checked without the provider (`jwt`).
    pub access_token_format: AccessTokenFormat,
    /// Bounds how long a stolen code can be tried, in seconds.
    pub code_life_s: u64,
    /// Bounds how long a stolen access token works, in seconds.
    pub access_token_life_s: u64,
    /// Bounds how long a refresh token family lives, however often it is used, in seconds.
    pub refresh_token_life_s: u64,
    /// Bounds how long a refresh token lives unused, in seconds.
    pub refresh_token_idle_s: u64,
    /// Bounds how long one sign-in at the provider serves, in seconds.
    pub session_life_s: u64,
    /// Bounds how long a logout token can be replayed, in seconds.
    pub logout_token_life_s: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            pkce: Switch::On,
            redirect_exact: Switch::On,
            iss: Switch::On,
            at_session: Switch::On,
            rt_rotate: Switch::On,
            rt_reuse_detection: Switch::On,
            cascade: Switch::On,
            bcl: Switch::On,
            introspect_auth: Switch::On,
            code_once: Switch::On,
            confirm: Switch::On,
            access_token_format: AccessTokenFormat::Opaque,
            code_life_s: 60,
            access_token_life_s: 300,
            refresh_token_life_s: 28_800,
            refresh_token_idle_s: 3_600,
            session_life_s: 28_800,
            logout_token_life_s: 120,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_change_leaves_the_rest_as_the_reference() {
        let changed: Settings = serde_json::from_str(r#"{"pkce":"off","access_token_format":"jwt"}"#).unwrap();
        let expected =
            Settings { pkce: Switch::Off, access_token_format: AccessTokenFormat::Jwt, ..Settings::default() };
        assert_eq!(changed, expected);
    }

    #[test]
    fn refuses_an_unknown_key() {
        assert!(serde_json::from_str::<Settings>(r#"{"pkcee":"off"}"#).is_err());
    }
}
