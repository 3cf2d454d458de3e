//! Whether a token must be accompanied by a proof that its holder may use it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether tokens are bound to a key of their holder, which signs a proof for every call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dpop {
    /// They are not: the scheme `DPoP` is unknown here. A bound token is refused all the same.
    #[default]
    Off,
    /// Some are: these are taken with a proof alone, and the others as bearer tokens (RFC 9449 §7.2).
    Accept,
    /// All are: bearer tokens are refused.
    Require,
}
