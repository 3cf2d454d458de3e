//! What is attacked: an architecture with its settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An architecture with its settings, under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Deployment {
    /// The name, such as `bff` or `spa-cookie`.
    pub id: String,
    /// `bff`, `spa` or `tmb`; `idp` is the identity provider alone, which takes no part in the comparison.
    pub architecture: String,
    /// `reference`, `common`, `hardened` or `weak`; the last never enters a comparison.
    pub class: String,
    /// What differs from the reference, each as `key=value`.
    #[serde(default)]
    pub changes: Vec<String>,
    /// All settings.
    #[serde(default)]
    pub settings: serde_json::Value,
}

impl Deployment {
    /// Tells whether it takes part in the comparison; the identity provider's own checks do not.
    pub fn is_compared(&self) -> bool {
        self.architecture != "idp"
    }
}
