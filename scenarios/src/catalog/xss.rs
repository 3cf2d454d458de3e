//! Script that runs in the page.

mod loot;
mod xss_inventory;
mod xss_riding;
mod xss_single_theft;

use crate::scenario::Scenario;

/// Every scenario of the group.
pub(super) const ALL: &[&Scenario] = &[&xss_inventory::SCENARIO, &xss_riding::SCENARIO, &xss_single_theft::SCENARIO];
