//! Whom the measured provider knows: one application, one resource server, one user, and one API per token format.

use hosting::{Origin, Secret};
use mock_idp::{AccessTokenFormat, Client, Config, Resource, Role, SigningAlgorithm, User};

/// Where the hello is served.
pub(crate) const HELLO: &str = "hello.bench.test";
/// Where the provider is served.
pub(crate) const PROVIDER: &str = "login.bench.test";
/// The provider's origin.
pub(crate) const ISSUER: &str = "http://login.bench.test";

/// The application's identifier and secret.
pub(crate) const APPLICATION: (&str, &str) = ("application", "application-secret");
/// The identifier and the secret of the resource server.
pub(crate) const RESOURCE_SERVER: (&str, &str) = ("resource-server", "resource-server-secret");
/// What the user types.
pub(crate) const USER: (&str, &str) = ("alice", "alice-password");
/// Where codes are sent; nobody is there.
pub(crate) const REDIRECT_URI: &str = "http://app.bench.test/callback";
/// What a sign-in asks for.
pub(crate) const SCOPE: &str = "openid profile email accounts offline_access";

/// The APIs, by the form of their tokens.
pub(crate) const OPAQUE_API: &str = "urn:bench:opaque";
pub(crate) const ES256_API: &str = "urn:bench:es256";
pub(crate) const RS256_API: &str = "urn:bench:rs256";

/// Returns the provider's configuration.
pub(crate) fn config() -> Config {
    let (username, password) = USER;
    Config {
        issuer: Origin::parse(ISSUER).expect("a scheme and a host name are an origin"),
        mtls: None,
        role: Role::Honest,
        clients: vec![application(), resource_server()],
        users: vec![User::new(username, Secret::new(password))],
        resources: vec![
            Resource { access_token_format: Some(AccessTokenFormat::Opaque), ..Resource::new(OPAQUE_API) },
            signed(ES256_API, SigningAlgorithm::Es256),
            signed(RS256_API, SigningAlgorithm::Rs256),
        ],
    }
}

fn application() -> Client {
    let (id, secret) = APPLICATION;
    Client {
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        grant_types: texts(&["authorization_code", "refresh_token", "client_credentials"]),
        scopes: texts(&["openid", "profile", "email", "accounts", "offline_access"]),
        // A request that names no API gets the first one's token.
        resources: texts(&[OPAQUE_API, ES256_API, RS256_API]),
        ..Client::confidential(id, Secret::new(secret))
    }
}

fn resource_server() -> Client {
    let (id, secret) = RESOURCE_SERVER;
    Client { may_introspect: true, ..Client::confidential(id, Secret::new(secret)) }
}

fn signed(identifier: &str, algorithm: SigningAlgorithm) -> Resource {
    Resource {
        access_token_format: Some(AccessTokenFormat::Jwt),
        access_token_signing_alg: algorithm,
        ..Resource::new(identifier)
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
