//! Architectures and the named deployments.

use crate::settings::{BadChange, Change, Settings};

/// How the application is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// Backend for frontend.
    Bff,
    /// Single-page application with a public API.
    Spa,
    /// Token-mediating backend: signs in and refreshes on the server, and hands the page an access token (RFC 10017 §6.2).
    Tmb,
    /// The identity provider alone, for its own checks; it takes no part in the comparison.
    Provider,
}

impl Architecture {
    /// Tells whether the browser holds a session cookie of a backend.
    pub fn has_session(self) -> bool {
        matches!(self, Self::Bff | Self::Tmb)
    }

    /// Returns the short name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bff => "bff",
            Self::Spa => "spa",
            Self::Tmb => "tmb",
            Self::Provider => "idp",
        }
    }
}

/// What kind of practice a deployment stands for. Weak never enters an aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What the best practitioners ship today.
    Reference,
    /// A reference with protections taken away, for a control or by `--set`.
    Weak,
}

impl Class {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Weak => "weak",
        }
    }
}

/// What is booted for a play.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The named deployment's id, with the changes made to it.
    pub id: String,
    /// How the application is secured.
    pub architecture: Architecture,
    /// What kind of practice it stands for.
    pub class: Class,
    /// What was changed from the default.
    pub changes: Vec<(String, String)>,
    /// How many of the changes its name stands for; those come first.
    pub named: usize,
    /// Every switch.
    pub settings: Settings,
}

/// A deployment that has a name.
pub struct Named {
    /// The name.
    pub id: &'static str,
    /// How the application is secured.
    pub architecture: Architecture,
    /// What kind of practice it stands for.
    pub class: Class,
    /// Who ships such a thing, in words.
    pub who: &'static str,
    /// What it changes from the default settings.
    pub changes: &'static [Change],
}

/// Every named deployment.
pub const ALL: &[Named] = &[
    Named {
        id: "bff",
        architecture: Architecture::Bff,
        class: Class::Reference,
        who: "a careful team with a backend: confidential client, server-side sessions, one __Host-Http- cookie",
        changes: &[],
    },
    Named {
        id: "spa",
        architecture: Architecture::Spa,
        class: Class::Reference,
        who: "a careful team without one: public client, tokens in memory, rotating refresh token, introspected access token",
        changes: &[],
    },
    Named {
        id: "tmb",
        architecture: Architecture::Tmb,
        class: Class::Reference,
        who: "a careful team that keeps its public API: refresh token and session on a backend, a narrow access token in the page",
        changes: &[("bff.handed_out", "access-token")],
    },
    Named {
        id: "idp",
        architecture: Architecture::Provider,
        class: Class::Reference,
        who: "the identity provider of all the others, alone, for its own checks (self-*)",
        changes: &[],
    },
];

impl Named {
    /// Builds the deployment.
    ///
    /// # Errors
    ///
    /// [`BadChange`] when one of its changes does not exist, which the tests exclude.
    pub fn deployment(&self) -> Result<Deployment, BadChange> {
        Ok(Deployment {
            id: self.id.to_owned(),
            architecture: self.architecture,
            class: self.class,
            named: self.changes.len(),
            changes: self.changes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            settings: Settings::default().with_all(self.changes.iter().copied())?,
        })
    }
}

impl Deployment {
    /// Returns this deployment with changes made, as a weak one.
    ///
    /// # Errors
    ///
    /// [`BadChange`] when a key or value does not exist.
    pub fn with<'a>(&self, changes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, BadChange> {
        let mut weak = self.clone();
        for (key, value) in changes {
            weak.settings = weak.settings.with(key, value)?;
            weak.changes.push((key.to_owned(), value.to_owned()));
            weak.class = Class::Weak;
        }
        Ok(weak)
    }

    /// Returns the id with the changes that its name does not stand for, as in `bff + bff.csrf.header=off`.
    pub fn described(&self) -> String {
        let mut text = self.id.clone();
        for (key, value) in self.changes.iter().skip(self.named) {
            text.push_str(&format!(" + {key}={value}"));
        }
        text
    }
}
