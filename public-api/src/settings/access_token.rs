//! What an access token looks like, where it may come from, and by which keys it is verified.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What access tokens look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Nothing that can be read: the issuer says at every call what it is worth, so that a revoked one ends (RFC 7662).
    #[default]
    Opaque,
    /// A signed statement that is verified here, without a question, and that nobody can take back (RFC 9068).
    Jwt,
    /// Either: what has the form of a JWT is verified, and the issuer is asked about the rest.
    Either,
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

/// By which keys JWTs are verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeySource {
    /// Those that the issuer publishes; what a token's header says of keys beyond `kid` is not read (RFC 8725 §3.10).
    #[default]
    Issuer,
    /// The one that the token brings along in `jwk`, if it does: a mistake, with which anybody signs.
    Header,
}
