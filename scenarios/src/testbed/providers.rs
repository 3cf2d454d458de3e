//! The two identity providers of a play: the one that the application trusts, and one that an attacker runs.

use hosting::{Origin, Secret};
use mock_idp::{AuthMethod, Client, Config, Resource, Role, User};
use serde_json::json;

use super::applications::{AUDIENCE, PAYMENTS};
use super::secrets::TECHNICAL_USER;
use super::{Origins, Secrets};
use crate::settings::{SenderConstraint, Settings};

/// What the exchange of a token is called (RFC 8693 §2.1).
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The provider that the application trusts.
pub(super) fn honest(origins: &Origins, secrets: &Secrets, settings: &Settings, with_mtls: bool) -> Config {
    let mtls = with_mtls.then(|| origins.mtls.clone());
    Config { mtls, ..provider(&origins.idp, Role::Honest, origins, &secrets.bff, secrets, settings) }
}

/// The attacker's provider: the same clients and users under another issuer, with keys and secrets of its own.
pub(super) fn rogue(origins: &Origins, secrets: &Secrets, settings: &Settings) -> Config {
    provider(&origins.rogue, Role::Hostile, origins, &secrets.rogue, secrets, settings)
}

fn provider(
    issuer: &Origin,
    role: Role,
    origins: &Origins,
    secret: &Secret,
    secrets: &Secrets,
    settings: &Settings,
) -> Config {
    // Each hears of tokens for itself alone (RFC 7662 §4).
    let api = |id: &str, audience: &str| Client {
        may_introspect: true,
        resources: texts(&[audience]),
        grant_types: Vec::new(),
        ..Client::confidential(id, secrets.api.clone())
    };
    let user = |username: &str, name: &str, password: &Secret| User {
        name: name.to_owned(),
        ..User::new(username, password.clone())
    };
    Config {
        issuer: issuer.clone(),
        mtls: None,
        role,
        clients: vec![
            bff(origins, secret, secrets, settings),
            spa(origins, settings),
            api("api", AUDIENCE),
            api("payments", PAYMENTS),
        ],
        users: vec![
            user("alice", "Alice Adams", &secrets.password),
            user("bob", "Bob Brown", &secrets.password),
            user(TECHNICAL_USER, "Technical User", &secrets.technical),
        ],
        resources: vec![Resource::new(AUDIENCE), Resource::new(PAYMENTS)],
    }
}

fn bff(origins: &Origins, secret: &Secret, secrets: &Secrets, settings: &Settings) -> Client {
    let app = &origins.app;
    let mut client = registered(Client::confidential("bff", secret.clone()), app, "/bff/callback");
    client.grant_types.extend(texts(&["client_credentials"]));
    // What is not used is not registered.
    let hands_out = settings.bff.handed_out != bff_app::HandedOut::None;
    if settings.bff.downstream == bff_app::Downstream::Exchange || hands_out {
        client.grant_types.push(TOKEN_EXCHANGE.to_owned());
    }
    if settings.bff.downstream == bff_app::Downstream::Password {
        client.grant_types.push("password".to_owned());
    }
    client.resources.push(PAYMENTS.to_owned());
    client.backchannel_logout_uri = Some(format!("{app}/bff/backchannel-logout"));
    // Who is told behind the browser's back needs no frames, which third-party cookies decide about.
    if settings.bff.logout.bcl == bff_app::Switch::Off {
        client.frontchannel_logout_uri = Some(format!("{app}/bff/frontchannel-logout"));
        client.frontchannel_logout_session_required = true;
    }
    match settings.bff.client_auth {
        bff_app::ClientAuth::ClientSecretBasic => {}
        bff_app::ClientAuth::PrivateKeyJwt => {
            client.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
            client.jwks = Some(json!({ "keys": [secrets.bff_key.jwk] }));
        }
        bff_app::ClientAuth::SelfSignedTlsClientAuth => {
            client.token_endpoint_auth_method = AuthMethod::SelfSignedTlsClientAuth;
            client.jwks = Some(json!({ "keys": [secrets.bff_certificate.public_jwk()] }));
        }
        bff_app::ClientAuth::None => {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.grant_types.retain(|grant| grant != "client_credentials");
        }
    }
    client.dpop_bound_access_tokens = settings.constraint() == SenderConstraint::Dpop;
    client.tls_client_certificate_bound_access_tokens = settings.bff.downstream == bff_app::Downstream::Certificate;
    client
}

fn spa(origins: &Origins, settings: &Settings) -> Client {
    let app = &origins.app;
    let mut client = registered(Client::public("spa"), app, "/callback");
    client.allowed_origins = vec![app.to_string()];
    // Where the hidden frame of a silent renewal comes back.
    client.redirect_uris.push(format!("{app}/silent-callback"));
    if settings.spa.fcl == spa_app::Switch::On {
        client.frontchannel_logout_uri = Some(format!("{app}/frontchannel-logout"));
        client.frontchannel_logout_session_required = true;
    }
    client.dpop_bound_access_tokens = settings.constraint() == SenderConstraint::Dpop;
    client
}

fn registered(client: Client, app: &Origin, callback: &str) -> Client {
    Client {
        redirect_uris: vec![format!("{app}{callback}")],
        post_logout_redirect_uris: vec![format!("{app}/")],
        scopes: texts(&["openid", "profile", "accounts", "offline_access"]),
        resources: texts(&[AUDIENCE]),
        ..client
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
