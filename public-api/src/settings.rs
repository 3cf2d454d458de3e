//! What the API protects, one switch per protection; the default is the reference deployment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a protection is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// The protection is there.
    #[default]
    On,
    /// The protection is taken away.
    Off,
}

impl Switch {
    /// Tells whether the protection is there.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

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

/// Where the access token may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// The `Authorization` header only, which no browser adds by itself.
    #[default]
    Bearer,
    /// Also a cookie called `access-token`, which every browser adds by itself: the mistake that brings CSRF back.
    Cookie,
}

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
    /// Keeps one token from being answered for by another.
    pub cache_key: CacheKey,
}

/// Every switch of the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Settings {
    /// Refuses tokens that are meant for another API (RFC 9700 §2.3).
    pub aud: Switch,
    /// Refuses tokens of another issuer.
    pub iss: Switch,
    /// Refuses tokens that were not granted the scope `accounts` (RFC 6750 §3.1).
    pub scope: Switch,
    /// Keeps other sites' pages from reading answers.
    pub cors: Cors,
    /// How answers of the introspection endpoint are kept.
    pub introspection: Introspection,
    /// Keeps browsers from sending the token by themselves, against cross-site request forgery.
    pub credential: Credential,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_change_leaves_the_rest_as_the_reference() {
        let changed: Settings =
            serde_json::from_str(r#"{"aud":"off","introspection":{"cache_key":"prefix"}}"#).unwrap();
        let introspection = Introspection { cache_s: 0, cache_key: CacheKey::Prefix };
        assert_eq!(changed, Settings { aud: Switch::Off, introspection, ..Settings::default() });
    }

    #[test]
    fn refuses_an_unknown_key() {
        assert!(serde_json::from_str::<Settings>(r#"{"audience":"off"}"#).is_err());
    }
}
