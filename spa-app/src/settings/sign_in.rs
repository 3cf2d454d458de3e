//! What the page makes of the provider's answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the page checks of an ID token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdToken {
    /// Its signature and its claims.
    #[default]
    Full,
    /// Its claims alone, because it came over TLS (OpenID Connect Core 1.0 §3.1.3.7 item 6), as most libraries for pages do.
    Claims,
    /// Nothing.
    Off,
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
