//! What the page and its host protect, one switch per protection; the default is the reference deployment.

mod sign_in;
mod tokens;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use sign_in::{IdToken, ReturnUrl};
pub use tokens::{Credential, Renewal, Store, WsAuth};

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

/// Whether something is there that goes beyond the reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hardening {
    /// It is not.
    #[default]
    Off,
    /// It is there.
    On,
}

impl Hardening {
    /// Tells whether it is there.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Every switch of the page and its host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Settings {
    /// Keeps tokens where little script and no later user of the browser finds them (RFC 10017 §8).
    pub store: Store,
    /// Keeps browsers from sending the access token by themselves (RFC 10017 §8.1).
    pub credential: Credential,
    /// How an access token that ends is followed by another (RFC 9700 §4.14; OpenID Connect Core 1.0 §3.1.2.1,
    /// `prompt`).
    pub renewal: Renewal,
    /// Lets one tab renew at a time, so that no refresh token is used twice, which would end the sign-in
    /// (RFC 9700 §4.14.2).
    pub rt_lock: Switch,
    /// Binds the tokens to a key that no script can read, so that a copy of one is worth nothing
    /// (RFC 10017 §6.3.4.2.2).
    pub dpop: Hardening,
    /// Keeps the access token of the live feed out of addresses, which end up in logs (RFC 9700 §4.3.2).
    pub ws_auth: WsAuth,
    /// Ends refresh and access token at sign-out, so that copies of them end too (RFC 7009 §2).
    pub revoke: Switch,
    /// Makes a stolen code worthless to whoever did not start the sign-in (RFC 10017 §6.3.2.1).
    pub pkce: Switch,
    /// Refuses answers of another provider than the one that was asked, against mix-up (RFC 9207 §2.4).
    pub iss: Switch,
    /// Refuses answers to a sign-in that this page did not start, against forced sign-in (RFC 6749 §10.12).
    pub state: Switch,
    /// Refuses an ID token that was issued for another sign-in (OpenID Connect Core 1.0 §3.1.3.7).
    pub nonce: Switch,
    /// Refuses an ID token that is forged, meant for somebody else, or too old (OpenID Connect Core 1.0 §3.1.3.7).
    pub id_token: IdToken,
    /// Keeps a sign-in link from leading to another site (OWASP ASVS 5.0.0 3.7.2).
    pub return_url: ReturnUrl,
    /// Watches the provider's session through its frame (OpenID Connect Session Management 1.0 §3.1).
    ///
    /// It needs cookies in a frame of another site, which many browsers block; there it notices nothing, and ends
    /// nothing.
    pub monitor: Hardening,
    /// Ends the sign-in when the provider frames `/frontchannel-logout` (OpenID Connect Front-Channel Logout 1.0 §2).
    ///
    /// It reaches the page only from a provider on the same site: in a frame of another site browsers partition storage
    /// and with it the channel to the page, so that nothing ends (measured in Chromium 156).
    pub fcl: Switch,
    /// Ends the sign-in in every tab of the browser when it ends in one (OWASP ASVS 5.0.0 7.4.1).
    pub sync: Switch,
    /// Keeps foreign script and foreign destinations out of the page (W3C CSP3; OWASP ASVS 5.0.0 3.4.3).
    pub csp: Switch,
    /// Keeps strings from becoming markup or script, as part of the policy (W3C Trusted Types).
    pub trusted_types: Switch,
    /// Keeps the page from being framed, by whom it may not (W3C CSP3 frame-ancestors, RFC 7034).
    pub frame: Switch,
    /// Keeps pages, and what is shown in them, out of every cache and of the browser's history (RFC 9111 §5.2.2.5).
    pub cache: Switch,
    /// Keeps answers from being guessed at, watched, referred to or fetched in clear (OWASP ASVS 5.0.0 V3.4).
    pub headers: Switch,
    /// Lets the page be installed and used without a network, by a service worker of its own (W3C Service Workers).
    ///
    /// Without it no service worker is delivered, so that no script outlives the page that it came in by.
    pub pwa: Hardening,
}

impl Settings {
    /// Tells whether the page ever frames the issuer.
    pub(crate) fn is_framing(&self) -> bool {
        self.monitor.is_on() || self.renewal == Renewal::HiddenFrame
    }
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
    fn the_reference_is_what_nothing_says() {
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        let written = serde_json::to_value(Settings::default()).unwrap();
        for (name, value) in [
            ("store", "memory"),
            ("renewal", "refresh-token"),
            ("ws_auth", "first-message"),
            ("id_token", "full"),
            ("dpop", "off"),
            ("monitor", "off"),
            ("pwa", "off"),
            ("rt_lock", "on"),
            ("sync", "on"),
            ("fcl", "on"),
        ] {
            assert_eq!(written[name], value, "{name}");
        }
    }

    #[test]
    fn refuses_an_unknown_key() {
        assert!(serde_json::from_str::<Settings>(r#"{"pkcee":"off"}"#).is_err());
        assert!(serde_json::from_str::<Settings>(r#"{"store":"cookie-jar"}"#).is_err());
    }
}
