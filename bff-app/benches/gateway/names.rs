//! Who is called what: the names of the servers, and of the client at the provider.

/// Where the hello is served.
pub(crate) const HELLO: &str = "hello.bench.test";
/// Where the BFF is served.
pub(crate) const GATEWAY: &str = "bff.bench.test";
/// Where the provider is served.
pub(crate) const PROVIDER: &str = "login.bench.test";
/// The provider's origin.
pub(crate) const ISSUER: &str = "http://login.bench.test";
/// Where the API behind the BFF is served.
pub(crate) const ORDERS: &str = "orders.bench.test";

/// The BFF's identifier at the provider.
pub(crate) const CLIENT: &str = "bff";
/// What a sign-in asks for.
pub(crate) const SCOPE: &str = "openid profile email orders offline_access";
