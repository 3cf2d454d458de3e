//! What the page and its host protect, one switch per protection; the default is the reference deployment.

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

/// Where the page keeps the access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// In the page's memory; it is sent in a header that no browser adds by itself.
    #[default]
    Memory,
    /// In a cookie for the parent domain that the API accepts: the mistake that brings CSRF back.
    Cookie,
}

/// Where the page goes after a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReturnUrl {
    /// To an address of its own origin only.
    #[default]
    SameOrigin,
    /// Wherever `?return_url=` says: an open redirect.
    Any,
}

/// Every switch of the page and its host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Settings {
    /// Keeps foreign script, foreign destinations and DOM injection out of the page (CSP 3, Trusted Types).
    pub csp: Switch,
    /// Ends refresh and access token at sign-out, so that copies of them end too (RFC 7009).
    pub revoke: Switch,
    /// Makes a stolen code worthless to whoever did not start the sign-in (RFC 7636).
    pub pkce: Switch,
    /// Refuses answers of another provider than the one that was asked, against mix-up (RFC 9207).
    pub iss: Switch,
    /// Refuses answers to a sign-in that this page did not start, against forced sign-in (RFC 6749 §10.12).
    pub state: Switch,
    /// Refuses an ID token that was issued for another sign-in (OpenID Connect Core 1.0 §3.1.3.7).
    pub nonce: Switch,
    /// Keeps browsers from sending the access token by themselves.
    pub credential: Credential,
    /// Keeps a sign-in link from leading to another site.
    pub return_url: ReturnUrl,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_change_leaves_the_rest_as_the_reference() {
        let changed: Settings = serde_json::from_str(r#"{"credential":"cookie","revoke":"off"}"#).unwrap();
        let expected = Settings { credential: Credential::Cookie, revoke: Switch::Off, ..Settings::default() };
        assert_eq!(changed, expected);
    }

    #[test]
    fn refuses_an_unknown_key() {
        assert!(serde_json::from_str::<Settings>(r#"{"pkcee":"off"}"#).is_err());
    }
}
