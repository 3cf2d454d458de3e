//! What passes between the page and the APIs behind the BFF.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Hardening, Switch};

/// With which credential an API behind the BFF is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Downstream {
    /// The access token of the user's sign-in, passed on as it is.
    #[default]
    Relay,
    /// A token of its own per API, exchanged for the user's (RFC 8693).
    Exchange,
    /// A token of a technical user, by its password, which RFC 9700 §2.4 forbids: the API no longer sees the user.
    Password,
    /// The user's token, bound to the certificate of the BFF's connection (RFC 8705 §3).
    Certificate,
}

/// What the proxy lets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proxy {
    /// Passes on the registered routes and methods only; without it, every path of the API (RFC 10017 §6.1.3.6).
    pub allowlist: Switch,
    /// Builds upstream URLs from validated segments; without it the raw path is joined to the base (RFC 3986 §5.2.4).
    pub normalise: Switch,
    /// Strips the caller's `Authorization` from what goes downstream, so that the session alone decides who calls
    /// (OWASP ASVS 5.0.0 4.1.3).
    pub strip_authz: Switch,
    /// Strips the caller's `Cookie` from what goes downstream, so that no API learns the session (RFC 10017 §6.1.1).
    pub strip_cookie: Switch,
    /// Strips what names a user or a way (`X-Forwarded-*`, `X-Remote-User` and their like) from what goes downstream
    /// (RFC 7239 §8.1; CVE-2025-64484).
    pub strip_ident: Switch,
    /// Strips what an API must not say in the application's name (`Set-Cookie`, CORS, `Clear-Site-Data` and their like;
    /// OWASP ASVS 5.0.0 3.4.2).
    pub strip_resp: Switch,
    /// Follows no redirect of an API, so that the token goes nowhere else (RFC 10017 §6.1.3.6).
    pub no_follow: Switch,
    /// Sandboxes what an API answers, so that its HTML never runs in the application's origin (W3C CSP3 §6.3.2).
    pub sandbox: Switch,
    /// How long an answer of an API may take to begin, in seconds; a slow request counts (RFC 9110 §15.6.5).
    pub deadline_s: u64,
    /// How long a request's body may be, in bytes (RFC 9110 §15.5.14).
    pub longest_body: u64,
}

impl Default for Proxy {
    fn default() -> Self {
        Self {
            allowlist: Switch::On,
            normalise: Switch::On,
            strip_authz: Switch::On,
            strip_cookie: Switch::On,
            strip_ident: Switch::On,
            strip_resp: Switch::On,
            no_follow: Switch::On,
            sandbox: Switch::On,
            deadline_s: 10,
            longest_body: 1024 * 1024,
        }
    }
}

/// WebSockets, which carry neither our header nor Fetch Metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ws {
    /// Upgrades for the own origin only, against hijacking from another page (OWASP WSTG CLNT-10).
    pub origin: Switch,
    /// Closes open streams when their session ends: WebSockets, events and downloads (OWASP ASVS 5.0.0 7.4.1).
    pub close_on_logout: Switch,
}

/// Server-sent events, whose requests carry no header of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sse {
    /// Refuses a foreign `Origin`, and a `Sec-Fetch-Site` that is there and not `same-origin`
    /// (W3C Fetch Metadata §2.3).
    pub origin: Switch,
}

/// By what a refreshed or exchanged token is found again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CacheKey {
    /// The session and the API.
    #[default]
    Session,
    /// The API alone, so that one user is served with another's token: a mistake.
    Api,
}

/// How tokens are fetched and kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Token {
    /// Lets one refresh serve all requests that wait for it, so that rotation does not end the session
    /// (RFC 9700 §4.14.2).
    pub single_flight: Switch,
    /// Keeps one user's tokens from serving another (CWE-488).
    pub cache_key: CacheKey,
    /// Binds the tokens to a key of the BFF, so that a copy of one is worth nothing (RFC 9449 §5).
    pub dpop: Hardening,
}
