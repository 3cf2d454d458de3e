//! Checks of the identity provider itself, without which a result could be the provider's mistake.

mod alive;
mod self_cascade;
mod self_code;
mod self_entropy;
mod self_introspect;
mod self_pkce;
mod self_redirect_uri;

use crate::scenario::{Expectation, Scenario};

/// Every scenario of the group.
pub(super) const ALL: &[&Scenario] = &[
    &self_redirect_uri::SCENARIO,
    &self_pkce::SCENARIO,
    &self_code::SCENARIO,
    &self_cascade::SCENARIO,
    &self_introspect::SCENARIO,
    &self_entropy::SCENARIO,
];

/// What every check of the provider predicts for the applications.
const PROVIDER_ALONE: Expectation =
    Expectation::NotApplicable("a check of the identity provider, played against the provider alone");
