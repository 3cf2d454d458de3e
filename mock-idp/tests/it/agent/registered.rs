//! Whom the provider of the tests knows.

use hosting::{Origin, Secret};
use mock_idp::{AuthMethod, Client, Config, Resource, Role, User};

pub(crate) const ISSUER: &str = "https://login.idp.test";
pub(crate) const BFF: &str = "https://bff.app.test";
pub(crate) const SPA: &str = "https://spa.app.test";

/// The clients that post a secret.
const SECRETS: &[(&str, &str)] =
    &[("bff", "bff-secret"), ("api", "api-secret"), ("orders", "orders-secret"), ("gateway", "gateway-secret")];

pub(crate) fn redirect_uri(client_id: &str) -> String {
    format!("{}/callback", if client_id == "spa" { SPA } else { BFF })
}

/// What a client posts to prove who it is.
pub(crate) fn credentials(client_id: &str) -> Vec<(&str, &str)> {
    let mut form = vec![("client_id", client_id)];
    form.extend(SECRETS.iter().find(|(id, _)| *id == client_id).map(|(_, secret)| ("client_secret", *secret)));
    form
}

pub(crate) fn config() -> Config {
    Config {
        issuer: Origin::parse(ISSUER).unwrap(),
        mtls: Some(Origin::parse("https://mtls.idp.test").unwrap()),
        role: Role::Honest,
        clients: vec![bff(), basic(), spa(), resource_server("api"), resource_server("orders"), gateway()],
        users: vec![user("alice"), user("bob")],
        resources: vec![Resource::new("accounts-api"), Resource::new("orders-api")],
    }
}

/// A client that posts its secret, and may have everything that the API of the accounts is asked for.
pub(crate) fn client(id: &str) -> Client {
    let secret = SECRETS.iter().find(|(known, _)| *known == id).map_or("another-secret", |(_, secret)| *secret);
    Client {
        token_endpoint_auth_method: AuthMethod::ClientSecretPost,
        scopes: texts(&["openid", "profile", "email", "accounts", "offline_access"]),
        resources: texts(&["accounts-api"]),
        ..Client::confidential(id, Secret::new(secret))
    }
}

/// An application that keeps its tokens on its server.
fn bff() -> Client {
    Client {
        grant_types: texts(&["authorization_code", "refresh_token", "client_credentials"]),
        redirect_uris: vec![redirect_uri("bff")],
        post_logout_redirect_uris: vec![format!("{BFF}/")],
        // Plain http, because the tests' listener speaks it.
        backchannel_logout_uri: Some("http://bff.app.test/backchannel-logout".to_owned()),
        ..client("bff")
    }
}

/// A server that sends its secret in the `Authorization` header.
fn basic() -> Client {
    Client {
        grant_types: texts(&["client_credentials"]),
        scopes: texts(&["accounts"]),
        resources: texts(&["accounts-api"]),
        ..Client::confidential("basic", Secret::new("basic-secret"))
    }
}

/// An application that lives in the browser.
fn spa() -> Client {
    Client {
        redirect_uris: vec![redirect_uri("spa")],
        post_logout_redirect_uris: vec![format!("{SPA}/")],
        backchannel_logout_uri: Some("http://spa.app.test/backchannel-logout".to_owned()),
        allowed_origins: texts(&[SPA]),
        scopes: texts(&["openid", "profile", "email", "accounts", "offline_access"]),
        resources: texts(&["accounts-api"]),
        ..Client::public("spa")
    }
}

fn resource_server(id: &str) -> Client {
    let resource = if id == "orders" { "orders-api" } else { "accounts-api" };
    Client { may_introspect: true, resources: texts(&[resource]), ..client(id) }
}

/// A server in front of both APIs, which exchanges the tokens of the accounts for tokens of the orders.
fn gateway() -> Client {
    Client {
        grant_types: texts(&["urn:ietf:params:oauth:grant-type:token-exchange"]),
        scopes: texts(&["accounts"]),
        resources: texts(&["orders-api", "accounts-api"]),
        ..client("gateway")
    }
}

fn user(username: &str) -> User {
    User {
        name: username.to_uppercase(),
        email: format!("{username}@mail.test"),
        ..User::new(username, Secret::new(format!("{username}-password")))
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
