//! What stands against requests that another page makes the browser send.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Hardening, Switch};

/// A token against forged requests, beside or instead of the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CsrfToken {
    /// There is none: the header does its work.
    #[default]
    None,
    /// Bound to the session by a keyed digest; a token of another session is worth nothing (RFC 10017 §6.1.3.3.3).
    Session,
    /// A cookie that script must repeat, bound to nothing: the naive double submit that a sibling's cookie defeats.
    DoubleSubmit,
}

/// What stands against forged requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Csrf {
    /// Demands the header `X-CSRF: 1` on every API request, which forces a preflight (RFC 10017 §6.1.3.3.2).
    pub header: Switch,
    /// Demands on unsafe methods that the request comes from the own origin (OWASP ASVS 5.0.0 3.5.2).
    pub origin: Switch,
    /// Demands an anti-forgery token on unsafe methods (RFC 10017 §6.1.3.3.3).
    pub token: CsrfToken,
    /// Refuses API requests whose `Sec-Fetch-Site` is there and not `same-origin` (W3C Fetch Metadata §2.3).
    pub fetch_metadata: Hardening,
    /// Takes bodies of unsafe requests as `application/json` only, which no form can send (OWASP ASVS 5.0.0 3.5.2).
    pub content_type: Hardening,
}
