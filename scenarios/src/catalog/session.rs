//! The session cookie, from its making to its reading.

mod sess_cookie_rules;
mod sess_fixation;
mod sess_prefix_decode;

use crate::scenario::Scenario;

/// Every scenario of the group.
pub(super) const ALL: &[&Scenario] =
    &[&sess_cookie_rules::SCENARIO, &sess_fixation::SCENARIO, &sess_prefix_decode::SCENARIO];
