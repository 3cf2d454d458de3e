//! What the parties of a play prove themselves by, fresh for each.

use hosting::{ClientKey, Credentials, Identity, Kind, Secret};

/// The password of every invented user; `serve` tells it to the person at the screen.
pub const PASSWORD: &str = "correct horse battery";

/// The secrets of a play's clients and users.
#[derive(Debug)]
pub struct Secrets {
    /// The secret of the client `bff`.
    pub bff: Secret,
    /// The key with which the client `bff` signs assertions and proofs.
    pub bff_key: ClientKey,
    /// The certificate of the client `bff`.
    pub bff_certificate: Identity,
    /// The secret of the resource server `api`.
    pub api: Secret,
    /// The secret with which the applications are registered at the attacker's provider.
    pub rogue: Secret,
    /// The password of the technical user.
    pub technical: Secret,
    /// What the application's replicas seal with.
    pub storage_key: [u8; 32],
    pub(super) password: Secret,
}

/// The name of the technical user, whom APIs see instead of the user with `bff.downstream = password`.
pub(super) const TECHNICAL_USER: &str = "technical";

impl Secrets {
    pub(super) fn fresh(credentials: &Credentials) -> Self {
        let fresh = |kind| {
            let value = hosting::random_token();
            credentials.mint(kind, &value);
            Secret::new(value)
        };
        credentials.mint(Kind::Password, PASSWORD);
        Self {
            bff: fresh(Kind::ClientSecret),
            bff_key: ClientKey::generate(),
            bff_certificate: Identity::self_signed("bff"),
            api: fresh(Kind::ClientSecret),
            rogue: fresh(Kind::ClientSecret),
            technical: fresh(Kind::Password),
            storage_key: hosting::sha256(hosting::random_token().as_bytes()),
            password: Secret::new(PASSWORD),
        }
    }
}
