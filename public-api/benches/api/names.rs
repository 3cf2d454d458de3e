//! Who is called what: the names of the servers, and what their tokens are for.

/// Where the hello is served.
pub(crate) const HELLO: &str = "hello.bench.test";
/// Where the issuer is served.
pub(crate) const PROVIDER: &str = "login.bench.test";
/// The issuer's origin.
pub(crate) const ISSUER: &str = "http://login.bench.test";
/// Where the list of orders is served that stands behind the plain proxy.
pub(crate) const ORDERS: &str = "orders.bench.test";

/// Where the API is served that keeps what its issuer says of a token for a minute.
pub(crate) const CACHING: &str = "caching.bench.test";
/// Where the API is served that asks its issuer at every call.
pub(crate) const ASKING: &str = "asking.bench.test";
/// Where the API is served that verifies tokens by itself.
pub(crate) const VERIFYING: &str = "verifying.bench.test";
/// Where the API is served that wants proofs, and keeps what its issuer says for a minute.
pub(crate) const PROVEN: &str = "proven.bench.test";

/// What tokens are meant for.
pub(crate) const AUDIENCE: &str = "urn:bench:accounts";
/// What tokens are granted.
pub(crate) const SCOPE: &str = "accounts";
/// What the tokens begin with that are bound to a key; the thumbprint of the key follows.
pub(crate) const BOUND: &str = "bound-to-";
