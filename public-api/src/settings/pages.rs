//! Which pages may read the answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which pages may read the answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cors {
    /// Those on the list, compared as whole origins.
    #[default]
    Exact,
    /// Whichever asks, with its credentials: the usual mistake.
    Reflect,
}
