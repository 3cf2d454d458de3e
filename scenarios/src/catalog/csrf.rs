//! Requests that another page makes the victim's browser send.

mod attack;
mod csrf_matrix;
mod csrf_sibling;

use crate::scenario::Scenario;

/// Every scenario of the group.
pub(super) const ALL: &[&Scenario] = &[&csrf_matrix::SCENARIO, &csrf_sibling::SCENARIO];
