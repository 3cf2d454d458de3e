//! The BFF's switches; the default is the reference deployment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a protection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// It stands.
    #[default]
    On,
    /// It is taken away.
    Off,
}

impl Switch {
    /// Tells whether the protection stands.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

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
    /// Keeps script from reading the session cookie; without it the name falls back to `__Host-`, because browsers refuse the rest.
    pub httponly: Switch,
    /// Keeps the session cookie off plain http; without it the name has no prefix.
    pub secure: Switch,
    /// Keeps other sites' requests from carrying the session cookie (RFC 10017 §6.1.3.2).
    pub samesite: SameSite,
    /// Keeps sibling hosts and script from setting the session cookie.
    pub prefix: CookiePrefix,
    /// Keeps forged cookie names from being read as the session cookie.
    pub parser: CookieParser,
}

/// What stands against forged requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Csrf {
    /// Demands the header `X-CSRF: 1` on every API request, which forces a preflight (RFC 10017 §6.1.3.3.2).
    pub header: Switch,
    /// Demands on unsafe methods that the request comes from the own origin.
    pub origin: Switch,
}

/// Where sessions live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionStore {
    /// On the server, in memory; the cookie carries an opaque id.
    #[default]
    Memory,
    /// Sealed inside the cookie; the server forgets nothing, because it knows nothing.
    SealedCookie,
}

/// The life of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// Where sessions live: only one on the server can be ended by the server.
    pub store: SessionStore,
    /// Gives the session a new id at login, so that no planted id becomes the user's.
    pub rekey: Switch,
    /// How many seconds a session may go unused.
    pub idle_s: u64,
    /// How many seconds a session may last in all.
    pub absolute_s: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self { store: SessionStore::Memory, rekey: Switch::On, idle_s: 1800, absolute_s: 8 * 3600 }
    }
}

/// What ties an authorization response to the request that asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tx {
    /// Compares `state` with the transaction cookie's, so that no foreign response is taken (RFC 6749 §10.12).
    pub state: Switch,
    /// Compares the ID token's nonce with the transaction's (OpenID Connect Core 1.0 §3.1.3.7).
    pub nonce: Switch,
    /// Sends a PKCE challenge and proves it (RFC 7636).
    pub pkce: Switch,
    /// Compares the `iss` of the response with the provider's, against mix-up (RFC 9207).
    pub iss: Switch,
    /// Answers the callback with a redirect always, so that no page is shown while a code stands in its address.
    pub redirect_always: Switch,
}

/// What a sign-in takes from its caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// Returns to paths of this application only, against open redirects (OWASP ASVS 5.0.0 3.7.2).
    pub return_url: Switch,
}

/// What the proxy lets through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proxy {
    /// Builds upstream URLs from validated segments; without it the raw path is joined to the base.
    pub normalise: Switch,
    /// Strips the caller's `Authorization` from what goes downstream.
    pub strip_authz: Switch,
    /// Strips the caller's `Cookie` from what goes downstream.
    pub strip_cookie: Switch,
}

/// What a sign-out ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Logout {
    /// Ends sessions that the provider says have ended (OpenID Connect Back-Channel Logout 1.0).
    pub bcl: Switch,
    /// Revokes the tokens at sign-out (RFC 7009).
    pub revoke: Switch,
    /// Ends the provider's session at sign-out (OpenID Connect RP-Initiated Logout 1.0).
    pub end_session: Switch,
    /// Answers the page with a one-time local address, so that the ID token of the hint stays out of script's reach.
    pub one_time_url: Switch,
}

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

/// The policy of the host page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Csp {
    /// Runs only script that carries this response's nonce (W3C CSP3 §8.2).
    pub nonce: Switch,
    /// Keeps strings from becoming markup or script (W3C Trusted Types).
    pub trusted_types: Switch,
    /// Refuses service workers, by policy and by answer, so that no script outlives the page (W3C CSP3 worker-src).
    pub worker: Switch,
}

/// The BFF's switches and lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The rules of the session cookie.
    pub cookie: Cookie,
    /// What stands against forged requests.
    pub csrf: Csrf,
    /// The life of a session.
    pub session: Session,
    /// What ties an authorization response to its request.
    pub tx: Tx,
    /// What a sign-in takes from its caller.
    pub login: Login,
    /// What the proxy lets through.
    pub proxy: Proxy,
    /// What a sign-out ends.
    pub logout: Logout,
    /// Which tokens the page can ask for; every one of them is one that script can steal.
    pub handed_out: HandedOut,
    /// The policy of the host page.
    pub csp: Csp,
    /// Lets one refresh serve all requests that wait for it, so that rotation does not end the session.
    pub single_flight: Switch,
}
