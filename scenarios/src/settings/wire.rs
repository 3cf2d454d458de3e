//! What two parties must agree on: one key each, of which every server is handed its half.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::deployment::Architecture;

/// What access tokens look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessTokenForm {
    /// Opaque: the API asks the provider what one is worth (RFC 7662).
    #[default]
    Opaque,
    /// Signed: the API reads what one is worth (RFC 9068), and hears of no end before its expiry.
    Jwt,
}

/// What an access token is bound to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SenderConstraint {
    /// Nothing: whoever holds it may use it (RFC 6750).
    #[default]
    None,
    /// The key of a proof that comes with every request (RFC 9449).
    Dpop,
    /// The certificate of the connection (RFC 8705 §3); a browser has none, so a BFF alone can use it.
    Certificate,
}

/// The profile under which an application signs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// OpenID Connect with what RFC 9700 asks for.
    #[default]
    Plain,
    /// FAPI 2.0 Security Profile: pushed requests, `private_key_jwt`, sender-constrained tokens. For confidential clients.
    Fapi2,
}

/// Where the provider is, as browsers see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderSite {
    /// On a site of its own, as `login.idp.test`.
    #[default]
    CrossSite,
    /// On the application's site, as `login.app.test`.
    SameSite,
}

/// What two parties must agree on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WireSettings {
    /// What access tokens look like, and so whether they can be taken back; provider and API
    /// (RFC 7662 §2.2, RFC 9068 §4).
    pub access_token: AccessTokenForm,
    /// Makes a stolen access token worthless without a key; provider, client and API (RFC 10017 §9.2).
    pub sender_constraint: SenderConstraint,
    /// The profile under which the application signs in; provider, client and API (FAPI 2.0 Security Profile §5).
    pub profile: Profile,
    /// Where the provider is: a cookie of another site is what browsers block (RFC 6265bis §5.2).
    pub provider_site: ProviderSite,
}

impl Settings {
    /// Says why no deployment of an architecture can be built from these settings, where that is so.
    pub(crate) fn conflict(&self, architecture: Architecture) -> Option<&'static str> {
        match (architecture, self.constraint(), self.wire.profile) {
            (Architecture::Spa, _, Profile::Fapi2) => {
                Some("wire.profile = fapi2 is for confidential clients, and a page cannot be one: choose plain")
            }
            (Architecture::Spa | Architecture::Tmb, SenderConstraint::Certificate, _) => {
                Some("wire.sender_constraint = certificate needs a client with a certificate, and a page has none")
            }
            (Architecture::Tmb, SenderConstraint::Dpop, _) => Some(
                "wire.sender_constraint = dpop binds tokens to the backend's key, and RFC 10017 does not say how a page could use one",
            ),
            _ => None,
        }
    }

    /// Returns the settings with which the servers of an architecture are built: each with its half of what was agreed.
    pub(crate) fn agreed(&self, architecture: Architecture) -> Self {
        let mut agreed = self.clone();
        if self.wire.access_token == AccessTokenForm::Jwt {
            agreed.idp.access_token_format = mock_idp::AccessTokenFormat::Jwt;
            agreed.api.format = public_api::Format::Jwt;
        }
        if self.wire.profile == Profile::Fapi2 {
            agreed.idp.fapi = mock_idp::Switch::On;
            agreed.bff.login.par = bff_app::Hardening::On;
            agreed.bff.client_auth = bff_app::ClientAuth::PrivateKeyJwt;
        }
        match self.constraint() {
            SenderConstraint::None => {}
            SenderConstraint::Dpop => {
                agreed.bff.token.dpop = bff_app::Hardening::On;
                agreed.spa.dpop = spa_app::Hardening::On;
                agreed.api.dpop = public_api::Dpop::Require;
            }
            SenderConstraint::Certificate => agreed.bff.downstream = bff_app::Downstream::Certificate,
        }
        if self.bff.downstream == bff_app::Downstream::Password {
            agreed.idp.password_grant = mock_idp::Allowed::Yes;
        }
        let sends_proofs = agreed.bff.token.dpop.is_on() || agreed.spa.dpop.is_on();
        if sends_proofs && agreed.api.dpop == public_api::Dpop::Off {
            agreed.api.dpop = public_api::Dpop::Accept;
        }
        if architecture == Architecture::Spa {
            agreed.api.ws_auth = match self.spa.ws_auth {
                spa_app::WsAuth::FirstMessage => public_api::WsAuth::FirstMessage,
                spa_app::WsAuth::Query => public_api::WsAuth::Query,
                spa_app::WsAuth::Subprotocol => public_api::WsAuth::Subprotocol,
                spa_app::WsAuth::Ticket => public_api::WsAuth::Ticket,
            };
        }
        // What the page sends and what the API takes are one decision of two parties.
        if self.spa.credential == spa_app::Credential::Cookie {
            agreed.api.credential = public_api::Credential::Cookie;
        }
        agreed
    }

    /// Returns what access tokens are bound to; FAPI 2.0 demands one of the two.
    pub(crate) fn constraint(&self) -> SenderConstraint {
        match (self.wire.sender_constraint, self.wire.profile) {
            (SenderConstraint::None, Profile::Fapi2) => SenderConstraint::Dpop,
            (constraint, _) => constraint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_cannot_do_is_refused_with_a_reason() {
        let with =
            |changes: &[(&str, &str)]| Settings::default().with_all(changes.iter().copied()).expect("they exist");
        let dpop = with(&[("wire.sender_constraint", "dpop")]);
        assert!(dpop.conflict(Architecture::Tmb).is_some());
        assert!(dpop.conflict(Architecture::Bff).is_none() && dpop.conflict(Architecture::Spa).is_none());
        let certificate = with(&[("wire.sender_constraint", "certificate")]);
        assert!(certificate.conflict(Architecture::Spa).is_some() && certificate.conflict(Architecture::Bff).is_none());
        assert!(with(&[("wire.profile", "fapi2")]).conflict(Architecture::Spa).is_some());
    }

    #[test]
    fn each_server_gets_its_half() {
        let jwt = Settings::default().with("wire.access_token", "jwt").expect("it exists").agreed(Architecture::Spa);
        assert_eq!(jwt.idp.access_token_format, mock_idp::AccessTokenFormat::Jwt);
        assert_eq!(jwt.api.format, public_api::Format::Jwt);
        let ticket = Settings::default().with("spa.ws_auth", "ticket").expect("it exists");
        assert_eq!(ticket.agreed(Architecture::Spa).api.ws_auth, public_api::WsAuth::Ticket);
        assert_eq!(ticket.agreed(Architecture::Tmb).api.ws_auth, public_api::WsAuth::FirstMessage);
    }
}
