//! What stands between the application and its downstream.

mod net_path_norm;

use crate::scenario::Scenario;

/// Every scenario of the group.
pub(super) const ALL: &[&Scenario] = &[&net_path_norm::SCENARIO];
