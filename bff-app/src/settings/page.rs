//! What the page may do, and what it is given.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Hardening, Switch};

/// Which tokens the page can ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HandedOut {
    /// None: there is no such endpoint.
    #[default]
    None,
    /// The access token, as a token-mediating backend does (RFC 10017 §6.2).
    AccessToken,
    /// Access, refresh and ID token.
    All,
}

/// How much the access token can do that the page can ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HandedOutScope {
    /// The public API alone, for a short time, by token exchange where the provider offers it (RFC 10017 §6.2.2.3).
    #[default]
    Narrow,
    /// Everything that the session's own can.
    Full,
}

/// Which script runs in the page (W3C CSP3 script-src).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptPolicy {
    /// What carries this response's nonce.
    #[default]
    Nonce,
    /// What carries the nonce, which is the same in every response: a mistake (W3C CSP3 §7.1).
    NonceReused,
    /// What has one of the listed digests.
    Hash,
    /// What comes from this origin, inline script included: the policy of a page that cannot be rendered.
    Static,
    /// Whatever comes: there is no policy.
    None,
}

/// Which service workers there can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Worker {
    /// None, by policy and by answer, so that no script outlives the page.
    #[default]
    None,
    /// The application's own one, for use without a network.
    Own,
    /// Any script of this origin.
    Any,
}

/// The policy of the host page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Csp {
    /// Which script runs, so that injected script does not (RFC 10017 §5; OWASP ASVS 5.0.0 3.4.3).
    pub script: ScriptPolicy,
    /// Lets the page talk to this origin only (W3C CSP3 connect-src).
    pub connect: Switch,
    /// Keeps the page from being framed (W3C CSP3 frame-ancestors).
    pub frame: Switch,
    /// Lets trusted script load more (W3C CSP3 §8.2): a convenience that also serves injected `import()`.
    pub strict_dynamic: Hardening,
    /// Keeps strings from becoming markup or script (W3C Trusted Types).
    pub trusted_types: Switch,
    /// Which service workers there can be (W3C CSP3 worker-src).
    pub worker: Worker,
}
