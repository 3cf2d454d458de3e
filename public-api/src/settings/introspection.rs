//! How the issuer is asked about reference tokens, and how its answers are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// By what a kept introspection answer is found again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CacheKey {
    /// The digest of the whole token.
    #[default]
    Token,
    /// The token's first eight characters, so that one token is answered for by another: a mistake.
    Prefix,
}

/// How answers of the introspection endpoint are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Introspection {
    /// Bounds how long a revoked token still works, in seconds; `0` asks at every call (RFC 7662 §4).
    pub cache_s: u64,
    /// Bounds how long a token stays refused without another question, in seconds; `0` asks at every call
    /// (RFC 7662 §4).
    pub negative_cache_s: u64,
    /// Keeps one token from being answered for by another (CWE-488).
    pub cache_key: CacheKey,
}
