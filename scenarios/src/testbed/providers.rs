//! The two identity providers of a play: the one that the application trusts, and one that an attacker runs.

use hosting::{Origin, Secret};
use mock_idp::{Client, Config, Resource, Role, User};

use super::{AUDIENCE, Origins, Secrets};

/// The provider that the application trusts.
pub(super) fn honest(origins: &Origins, secrets: &Secrets, with_mtls: bool) -> Config {
    let mtls = with_mtls.then(|| origins.mtls.clone());
    Config { mtls, ..provider(&origins.idp, Role::Honest, origins, &secrets.bff, secrets) }
}

/// The attacker's provider: the same clients and users under another issuer, with keys and secrets of its own.
pub(super) fn rogue(origins: &Origins, secrets: &Secrets) -> Config {
    provider(&origins.rogue, Role::Hostile, origins, &secrets.rogue, secrets)
}

fn provider(issuer: &Origin, role: Role, origins: &Origins, secret: &Secret, secrets: &Secrets) -> Config {
    let app = &origins.app;
    let registered = |client: Client, callback: &str| Client {
        redirect_uris: vec![format!("{app}{callback}")],
        post_logout_redirect_uris: vec![format!("{app}/")],
        scopes: ["openid", "profile", "accounts", "offline_access"].map(str::to_owned).to_vec(),
        resources: vec![AUDIENCE.to_owned()],
        ..client
    };
    let mut bff = registered(Client::confidential("bff", secret.clone()), "/bff/callback");
    bff.grant_types.push("client_credentials".to_owned());
    bff.backchannel_logout_uri = Some(format!("{app}/bff/backchannel-logout"));
    let mut spa = registered(Client::public("spa"), "/callback");
    spa.allowed_origins = vec![app.to_string()];
    let api = Client {
        may_introspect: true,
        resources: vec![AUDIENCE.to_owned()],
        grant_types: Vec::new(),
        ..Client::confidential("api", secrets.api.clone())
    };
    let user =
        |username: &str, name: &str| User { name: name.to_owned(), ..User::new(username, secrets.password.clone()) };
    Config {
        issuer: issuer.clone(),
        mtls: None,
        role,
        clients: vec![bff, spa, api],
        users: vec![user("alice", "Alice Adams"), user("bob", "Bob Brown")],
        resources: vec![Resource::new(AUDIENCE)],
    }
}
