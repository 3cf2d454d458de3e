//! Every scenario, one file each, in the groups of the report.

mod csrf;
mod logout;
mod network;
mod self_check;
mod session;
mod xss;

use crate::deployment::{Architecture, Deployment};
use crate::scenario::Scenario;

/// A group of scenarios.
pub struct Group {
    /// Its name in the report.
    pub name: &'static str,
    /// What it is played against.
    pub subject: Subject,
    /// Its scenarios.
    pub scenarios: &'static [&'static Scenario],
}

/// What a group of scenarios is played against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The architectures that are compared.
    Applications,
    /// The identity provider alone: without this, a result could be the provider's mistake.
    Provider,
}

impl Group {
    /// Tells whether the group's scenarios are played against a deployment.
    pub fn plays_on(&self, deployment: &Deployment) -> bool {
        (self.subject == Subject::Provider) == (deployment.architecture == Architecture::Provider)
    }
}

/// Every group.
pub const ALL: &[Group] = &[
    Group { name: "xss", subject: Subject::Applications, scenarios: xss::ALL },
    Group { name: "csrf", subject: Subject::Applications, scenarios: csrf::ALL },
    Group { name: "session", subject: Subject::Applications, scenarios: session::ALL },
    Group { name: "network", subject: Subject::Applications, scenarios: network::ALL },
    Group { name: "logout", subject: Subject::Applications, scenarios: logout::ALL },
    Group { name: "self", subject: Subject::Provider, scenarios: self_check::ALL },
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
