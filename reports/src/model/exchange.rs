//! One request and its response, as the evidence keeps them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A header's name and value.
pub type Header = (String, String);

/// One request and its response, redacted when they were captured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// The place in the play, from 1.
    pub n: u64,
    /// Who sent it: `browser`, `bff`, `attacker`, …
    pub from: String,
    /// Who got it.
    pub to: String,
    /// The method.
    pub method: String,
    /// The path and query.
    pub path: String,
    /// The status; absent where no response came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The request's headers.
    #[serde(default)]
    pub request_headers: Vec<Header>,
    /// The response's headers.
    #[serde(default)]
    pub response_headers: Vec<Header>,
    /// The request's body, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_body: Option<String>,
    /// The response's body, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_body: Option<String>,
    /// The labels of the credentials that it carried, such as `at#2`.
    #[serde(default)]
    pub credentials: Vec<String>,
    /// What is worth saying about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
