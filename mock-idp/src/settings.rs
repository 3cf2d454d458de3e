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

/// Whether a known mistake is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Allowed {
    /// It is refused.
    #[default]
    No,
    /// It is a weakness of this deployment.
    Yes,
}

/// When the user is asked what an application may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// Where the client's registration says so.
    #[default]
    AsRegistered,
    /// For every client, once per scope.
    Always,
    /// For no client.
    Never,
}

/// Which requests from other sites carry the provider's session cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SameSite {
    /// Top-level navigations by GET.
    #[default]
    Lax,
    /// All of them, frames included, where the browser allows third-party cookies.
    None,
}

impl SameSite {
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// What the session cookie's name makes a browser check (cookie prefixes, RFC 6265bis §4.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CookieName {
    /// `__Host-Http-idp-session`: this host, https, not from script.
    #[default]
    HostHttp,
    /// `__Host-idp-session`: this host, https.
    Host,
    /// `idp-session`: nothing.
    Plain,
}

impl CookieName {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HostHttp => "__Host-Http-idp-session",
            Self::Host => "__Host-idp-session",
            Self::Plain => "idp-session",
        }
    }
}

/// Whom a logout token names (OpenID Connect Back-Channel Logout 1.0 §2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogoutSubject {
    /// The session and the user.
    #[default]
    Both,
    /// The session alone.
    Sid,
    /// The user alone, and so all of the user's sessions.
    Sub,
}

/// Where credentials come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Randomness {
    /// 256 bits of the system's generator.
    #[default]
    System,
    /// A clock and a counter, as a careless provider does it; a weakness.
    Counter,
}

/// Every switch and every life of the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Settings {
    /// Binds a code to the client instance that asked for it, so that a stolen code is worthless (RFC 9700 §2.1.1).
    pub pkce: Switch,
    /// Compares redirect URIs as whole strings; `off` compares the registered origin as a prefix only (RFC 9700 §2.1).
    pub redirect_exact: Switch,
    /// Names the issuer in every authorization response, against mix-up (RFC 9207 §2).
    pub iss: Switch,
    /// Demands that authorization requests are pushed, so that nobody at the browser can change them (RFC 9126 §4).
    pub par: Switch,
    /// Demands what the FAPI 2.0 Security Profile does: pushed requests, PKCE, `private_key_jwt` or mutual TLS, and
    /// tokens that are bound to a key (FAPI 2.0 Security Profile §5.3.2).
    pub fapi: Switch,
    /// Ends access tokens with the provider's session, so that signing out reaches every API (OWASP ASVS 5.0.0 7.4.1).
    pub at_session: Switch,
    /// Ends refresh tokens with the provider's session; `off` lets `offline_access` outlive it
    /// (OpenID Connect Core 1.0 §11).
    pub rt_session: Switch,
    /// Replaces a refresh token at every use, so that a copy and the original cannot both live on (RFC 9700 §4.14.2).
    pub rt_rotate: Switch,
    /// Revokes the whole family when a replaced refresh token comes back, because one of the two holders is a thief
    /// (RFC 9700 §4.14.2).
    pub rt_reuse_detection: Switch,
    /// Bounds how long a replaced refresh token is still taken, for clients whose answer was lost, in seconds
    /// (RFC 9700 §4.14.2).
    pub rt_grace_s: u64,
    /// Revokes the access tokens of a grant together with its refresh token (RFC 7009 §2.1).
    pub cascade: Switch,
    /// Tells every application of a session that it has ended (OpenID Connect Back-Channel Logout 1.0 §2.5).
    pub bcl: Switch,
    /// Decides whether a logout token names the session, the user or both
    /// (OpenID Connect Back-Channel Logout 1.0 §2.4).
    pub bcl_subject: LogoutSubject,
    /// Bounds how often a logout token is sent to an application that refuses the connection or answers 5xx
    /// (OpenID Connect Back-Channel Logout 1.0 §2.5).
    pub bcl_attempts: u64,
    /// Frames the sign-out addresses of a session's applications (OpenID Connect Front-Channel Logout 1.0 §3).
    pub fcl: Switch,
    /// Lets applications watch the session from a frame (OpenID Connect Session Management 1.0 §3.2).
    pub session_management: Switch,
    /// Answers introspection to authenticated resource servers only, against token scanning (RFC 7662 §4).
    pub introspect_auth: Switch,
    /// Tells a resource server about tokens for its own APIs only (RFC 7662 §4).
    pub introspect_aud: Switch,
    /// Takes a code once, and revokes what it gave when it comes back (RFC 6749 §4.1.2).
    pub code_once: Switch,
    /// Asks before a sign-out that no valid `id_token_hint` vouches for, against forced sign-out
    /// (OWASP ASVS 5.0.0 10.6.2).
    pub confirm: Switch,
    /// Decides when the user is asked what an application may have (OpenID Connect Core 1.0 §3.1.2.4).
    pub consent: Consent,
    /// Forbids other pages to frame the provider's pages, against clickjacking (RFC 9700 §4.16).
    pub frame: Switch,
    /// Answers a posted password with 303, so that the browser never posts it again; `off` answers 307
    /// (RFC 9700 §4.12).
    pub see_other: Switch,
    /// Decides which requests from other sites carry the session cookie (RFC 6265bis §4.1.2.7).
    pub cookie_same_site: SameSite,
    /// Decides what browsers check of the session cookie (RFC 6265bis §4.1.3).
    pub cookie_name: CookieName,
    /// Demands that a DPoP proof repeats a nonce of the provider's, against proofs made in advance (RFC 9449 §8).
    pub dpop_nonce: Switch,
    /// Takes a DPoP proof once (RFC 9449 §11.1).
    pub dpop_replay: Switch,
    /// Allows the resource owner password grant, which RFC 9700 §2.4 forbids; a weakness.
    pub password_grant: Allowed,
    /// Decides where credentials come from, and whether they can be guessed (RFC 6749 §10.10).
    pub random: Randomness,
    /// Decides whether access tokens can be revoked at once (`opaque`) or can be checked without the provider (`jwt`)
    /// (RFC 7662 §2.2, RFC 9068 §4).
    pub access_token_format: AccessTokenFormat,
    /// Bounds how long a stolen code can be tried, in seconds (RFC 6749 §4.1.2).
    pub code_life_s: u64,
    /// Bounds how long a pushed authorization request can be used, in seconds (RFC 9126 §2.2).
    pub par_life_s: u64,
    /// Bounds how long a stolen access token works, in seconds (RFC 6750 §5.3).
    pub access_token_life_s: u64,
    /// Bounds how long a refresh token family lives, however often it is used, in seconds (RFC 10017 §6.3.2.3).
    pub refresh_token_life_s: u64,
    /// Bounds how long a refresh token lives unused, in seconds (RFC 10017 §6.3.2.3).
    pub refresh_token_idle_s: u64,
    /// Bounds how long one sign-in at the provider serves, in seconds (OWASP ASVS 5.0.0 7.3.2).
    pub session_life_s: u64,
    /// Bounds how long a logout token can be replayed, in seconds (OWASP ASVS 5.0.0 10.5.5).
    pub logout_token_life_s: u64,
    /// Bounds how long a nonce for DPoP proofs is taken, in seconds (RFC 9449 §11.2).
    pub dpop_nonce_life_s: u64,
    /// Bounds how old a DPoP proof or a client's assertion may be, in seconds (RFC 9449 §11.1, RFC 7523 §3).
    pub proof_age_s: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            pkce: Switch::On,
            redirect_exact: Switch::On,
            iss: Switch::On,
            par: Switch::Off,
            fapi: Switch::Off,
            at_session: Switch::On,
            rt_session: Switch::On,
            rt_rotate: Switch::On,
            rt_reuse_detection: Switch::On,
            rt_grace_s: 0,
            cascade: Switch::On,
            bcl: Switch::On,
            bcl_subject: LogoutSubject::Both,
            bcl_attempts: 3,
            fcl: Switch::On,
            session_management: Switch::On,
            introspect_auth: Switch::On,
            introspect_aud: Switch::On,
            code_once: Switch::On,
            confirm: Switch::On,
            consent: Consent::AsRegistered,
            frame: Switch::On,
            see_other: Switch::On,
            cookie_same_site: SameSite::Lax,
            cookie_name: CookieName::HostHttp,
            dpop_nonce: Switch::On,
            dpop_replay: Switch::On,
            password_grant: Allowed::No,
            random: Randomness::System,
            access_token_format: AccessTokenFormat::Opaque,
            code_life_s: 60,
            par_life_s: 60,
            access_token_life_s: 300,
            refresh_token_life_s: 28_800,
            refresh_token_idle_s: 3_600,
            session_life_s: 28_800,
            logout_token_life_s: 120,
            dpop_nonce_life_s: 300,
            proof_age_s: 60,
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
