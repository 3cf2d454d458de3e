//! Who a provider is and whom it knows when it starts.

use hosting::Origin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clients::Client;
use crate::keys::SigningAlgorithm;
use crate::settings::{AccessTokenFormat, Switch};
use crate::users::User;

/// Who the provider is, and whom it knows.
#[derive(Clone, Debug)]
pub struct Config {
    /// The issuer identifier, which is also the origin of every endpoint.
    pub issuer: Origin,
    /// The origin of the listener that asks for client certificates, where there is one (RFC 8705 §5).
    pub mtls: Option<Origin>,
    /// Which of a run's two issuers it is.
    pub role: Role,
    /// The registered clients.
    pub clients: Vec<Client>,
    /// The people who can sign in.
    pub users: Vec<User>,
    /// The APIs for which access tokens are issued.
    pub resources: Vec<Resource>,
}

/// Which of a run's two issuers a provider is; they share nothing, not even a key that is slow to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The one that the application trusts.
    #[default]
    Honest,
    /// One that an attacker runs.
    Hostile,
}

/// An API for which access tokens are issued (RFC 8707 §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// What a request's `resource` names, and what a token's `aud` says.
    pub identifier: String,
    /// What the API's tokens look like; nothing leaves it to the client and to the provider's settings.
    #[serde(default)]
    pub access_token_format: Option<AccessTokenFormat>,
    /// How the API's tokens are signed where they are signed.
    #[serde(default)]
    pub access_token_signing_alg: SigningAlgorithm,
    /// How long the API's tokens live, in seconds; nothing leaves it to the provider's settings.
    #[serde(default)]
    pub access_token_life_s: Option<u64>,
    /// The scopes that mean something to the API; nothing means every scope.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
}

impl Resource {
    /// Makes an API with the provider's settings.
    pub fn new(identifier: impl Into<String>) -> Self {
        Self {
            identifier: identifier.into(),
            access_token_format: None,
            access_token_signing_alg: SigningAlgorithm::default(),
            access_token_life_s: None,
            scopes: None,
        }
    }

    /// Refuses an algorithm that FAPI 2.0 forbids, where that is the profile.
    pub(crate) fn check_profile(&self, fapi: Switch) -> Result<(), String> {
        self.access_token_signing_alg.check_profile(fapi)
    }
}
