//! What a sign-out ends.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Hardening, Switch};

/// What a browser is told to clear at sign-out (W3C Clear Site Data).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClearSiteData {
    /// What this origin alone has stored: storage and cache, service workers included.
    #[default]
    Storage,
    /// Cookies too, which signs the user out of sibling hosts as well.
    Everything,
    /// Nothing.
    None,
}

/// What a sign-out ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Logout {
    /// Demands the protection of every other API request, so that no other page can sign the user out
    /// (OWASP ASVS 5.0.0 3.5.1).
    pub csrf: Switch,
    /// Ends sessions that the provider says have ended (OpenID Connect Back-Channel Logout 1.0 §2.7).
    pub bcl: Switch,
    /// Checks what a logout token says, and not only who signed it (OpenID Connect Back-Channel Logout 1.0 §2.6).
    pub bcl_checks: Switch,
    /// Refuses a logout token that was taken before (OpenID Connect Back-Channel Logout 1.0 §2.6).
    pub bcl_replay: Switch,
    /// Refuses a sign-in to a provider's session whose end was already told, by a logout token that came first
    /// (OWASP ASVS 5.0.0 7.6.1).
    pub bcl_early: Switch,
    /// Ends the session when the provider frames the front-channel address
    /// (OpenID Connect Front-Channel Logout 1.0 §2).
    pub fcl: Switch,
    /// Demands issuer and session id on the front-channel address, so that no other page can sign the user out
    /// (OpenID Connect Front-Channel Logout 1.0 §2).
    pub fcl_sid: Switch,
    /// Revokes the tokens at sign-out, so that copies of them end too (RFC 7009 §2).
    pub revoke: Switch,
    /// Ends the provider's session at sign-out (OpenID Connect RP-Initiated Logout 1.0 §2).
    pub end_session: Switch,
    /// Answers the page with a one-time local address, so that the ID token of the hint stays out of script's reach
    /// (OWASP ASVS 5.0.0 10.1.1).
    pub one_time_url: Switch,
    /// Deletes the cookie with the attributes with which it was set; browsers ignore a deletion that breaks its
    /// prefix's rules (RFC 6265bis §4.1.3).
    pub delete_attrs: Switch,
    /// Ends all of the user's sessions at sign-out, and not this one alone (OWASP ASVS 5.0.0 7.5.2).
    pub everywhere: Hardening,
    /// What the browser is told to clear (W3C Clear Site Data §3.1; OWASP ASVS 5.0.0 14.3.1).
    pub csd: ClearSiteData,
}
