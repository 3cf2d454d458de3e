//! What still works after a sign-out.

mod out_bcl;
mod out_click;
mod out_stolen_at;
mod out_stolen_cookie;

use crate::scenario::Scenario;

/// Every scenario of the group.
pub(super) const ALL: &[&Scenario] =
    &[&out_bcl::SCENARIO, &out_click::SCENARIO, &out_stolen_at::SCENARIO, &out_stolen_cookie::SCENARIO];
