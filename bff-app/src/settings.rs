//! The BFF's switches; the default is the reference deployment.

mod cookie;
mod csrf;
mod page;
mod proxy;
mod session;
mod sign_in;
mod sign_out;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use cookie::{Cookie, CookieParser, CookiePrefix, SameSite};
pub use csrf::{Csrf, CsrfToken};
pub use page::{Csp, HandedOut, HandedOutScope, ScriptPolicy, Worker};
pub use proxy::{CacheKey, Downstream, Proxy, Sse, Token, Ws};
pub use session::{Session, SessionStore};
pub use sign_in::{ClientAuth, Login, Tx};
pub use sign_out::{ClearSiteData, Logout};

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

/// Whether something stands that goes beyond the reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hardening {
    /// It does not.
    #[default]
    Off,
    /// It stands.
    On,
}

impl Hardening {
    /// Tells whether it stands.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// The BFF's switches and lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How the BFF proves to the provider who it is, so that a stolen code is worth nothing to others
    /// (RFC 10017 §6.1.3.1).
    pub client_auth: ClientAuth,
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
    /// With which credential an API behind the BFF is called, and what a compromised one can do with it
    /// (RFC 9700 §4.9.2).
    pub downstream: Downstream,
    /// What the proxy lets through.
    pub proxy: Proxy,
    /// How tokens are fetched and kept.
    pub token: Token,
    /// WebSockets.
    pub ws: Ws,
    /// Server-sent events.
    pub sse: Sse,
    /// What a sign-out ends.
    pub logout: Logout,
    /// Which tokens the page can ask for; every one of them is one that script can steal (RFC 10017 §6.2).
    pub handed_out: HandedOut,
    /// How much the access token can do that the page can ask for (RFC 10017 §6.2.2.3).
    pub handed_out_scope: HandedOutScope,
    /// The policy of the host page.
    pub csp: Csp,
    /// Keeps answers about a user out of every cache, by `no-store` (RFC 9111 §5.2.2.5; OWASP ASVS 5.0.0 14.3.2).
    pub cache: Switch,
}
