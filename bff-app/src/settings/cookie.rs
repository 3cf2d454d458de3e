//! The rules of the session cookie.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Switch;

/// Where other sites' requests carry the session cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SameSite {
    /// Nowhere.
    #[default]
    Strict,
    /// On top-level navigations by safe methods.
    Lax,
    /// Everywhere that third-party cookies go.
    None,
    /// The attribute is left out, and the browser decides.
    Unset,
}

/// The prefix of the cookie's name, which browsers enforce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CookiePrefix {
    /// `__Host-Http-`: host-only, Secure, whole path, and never set by script.
    #[default]
    HostHttp,
    /// `__Host-`: host-only, Secure, whole path.
    Host,
    /// No prefix, no rule.
    None,
}

/// How the `Cookie` header is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CookieParser {
    /// Byte by byte; a name that comes twice is refused.
    #[default]
    Raw,
    /// As many libraries do: names are percent-decoded, the last wins, one odd byte drops the header.
    Decoding,
}

/// The rules of the session cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cookie {
    /// Keeps script from reading the session cookie (RFC 10017 §6.1.3.2; OWASP ASVS 5.0.0 3.3.4).
    ///
    /// Without it the name falls back to `__Host-`, because browsers refuse the rest.
    pub httponly: Switch,
    /// Keeps the session cookie off plain http; without it the name has no prefix (RFC 10017 §6.1.3.2).
    pub secure: Switch,
    /// Keeps other sites' requests from carrying the session cookie (RFC 10017 §6.1.3.2).
    pub samesite: SameSite,
    /// Keeps sibling hosts and script from setting the session cookie (RFC 6265bis §4.1.3; OWASP ASVS 5.0.0 3.3.3).
    pub prefix: CookiePrefix,
    /// Keeps forged cookie names from being read as the session cookie (RFC 6265 §5.4; CVE-2020-7070).
    pub parser: CookieParser,
}
