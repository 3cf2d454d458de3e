//! Every scenario, one file each, in the groups of the report.

mod csrf;
mod logout;
mod network;
mod session;
mod xss;

use crate::scenario::Scenario;

/// A group of scenarios.
pub struct Group {
    /// Its name in the report.
    pub name: &'static str,
    /// Its scenarios.
    pub scenarios: &'static [&'static Scenario],
}

/// Every group.
pub const ALL: &[Group] = &[
    Group { name: "xss", scenarios: xss::ALL },
    Group { name: "csrf", scenarios: csrf::ALL },
    Group { name: "session", scenarios: session::ALL },
    Group { name: "network", scenarios: network::ALL },
    Group { name: "logout", scenarios: logout::ALL },
];

/// Returns every scenario, in the order of the groups.
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    ALL.iter().flat_map(|group| group.scenarios.iter().copied())
}

/// Returns the name of a scenario's group.
pub fn group_of(id: &str) -> &'static str {
    let found = ALL.iter().find(|group| group.scenarios.iter().any(|scenario| scenario.id == id));
    found.map_or("", |group| group.name)
}
