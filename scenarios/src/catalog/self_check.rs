//! Checks of the identity provider itself, without which a result could be the provider's mistake.

use crate::scenario::Scenario;

/// Every scenario of the group.
pub(super) const ALL: &[&Scenario] = &[];
