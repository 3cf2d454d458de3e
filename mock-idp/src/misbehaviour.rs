//! Every lie that the provider can be asked for, and which of them are armed for whom.
//!
//! An honest provider tells none: a lie is armed per client, once or until it is disarmed, by whoever holds the [`Control`].
//! Each group of lies has a file, which says what its lies are and tells them; the endpoint asks at the one place where the
//! truth is about to leave.
//!
//! [`Control`]: crate::Control

pub(crate) mod authorization_response;
pub(crate) mod dpop;
mod forgery;
pub(crate) mod front_channel;
pub(crate) mod hostile_answer;
pub(crate) mod id_token;
pub(crate) mod introspection;
pub(crate) mod logout_token;
pub(crate) mod metadata;
pub(crate) mod revocation;
pub(crate) mod token_response;

use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use authorization_response::AuthorizationResponseLie;
pub use dpop::DpopLie;
pub use front_channel::FrontChannelLie;
pub use id_token::IdTokenLie;
pub use introspection::IntrospectionLie;
pub use logout_token::LogoutTokenLie;
pub use metadata::MetadataLie;
pub use revocation::RevocationLie;
pub use token_response::TokenResponseLie;

/// Makes the enum of one group, with the name of each lie and what it says.
macro_rules! lies {
    ($(#[$about:meta])* $group:ident in $name:literal { $($(#[doc = $what:literal])+ $lie:ident = $id:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $group { $($(#[doc = $what])+ $lie,)+ }

        impl $group {
            /// Every lie of the group.
            pub const ALL: &[Self] = &[$(Self::$lie,)+];

            /// Returns the name, with its group in front.
            pub fn name(self) -> &'static str {
                match self { $(Self::$lie => concat!($name, ".", $id),)+ }
            }

            /// Returns what the lie says, in a sentence.
            pub fn what(self) -> &'static str {
                match self { $(Self::$lie => concat!($($what,)+).trim_ascii(),)+ }
            }
        }
    };
}
pub(crate) use lies;

/// A lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Lie {
    /// About who signed in.
    IdToken(IdTokenLie),
    /// About how a sign-in ended.
    AuthorizationResponse(AuthorizationResponseLie),
    /// About what a code or a refresh token was exchanged for.
    TokenResponse(TokenResponseLie),
    /// About what a token is worth.
    Introspection(IntrospectionLie),
    /// About the end of a token.
    Revocation(RevocationLie),
    /// About the provider itself.
    Metadata(MetadataLie),
    /// About the end of a session, told to the application.
    LogoutToken(LogoutTokenLie),
    /// About the end of a session, told through the browser.
    FrontChannel(FrontChannelLie),
    /// About the holder of a key.
    Dpop(DpopLie),
}

impl Lie {
    /// Returns every lie, group by group.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        all.extend(IdTokenLie::ALL.iter().copied().map(Self::IdToken));
        all.extend(AuthorizationResponseLie::ALL.iter().copied().map(Self::AuthorizationResponse));
        all.extend(TokenResponseLie::ALL.iter().copied().map(Self::TokenResponse));
        all.extend(IntrospectionLie::ALL.iter().copied().map(Self::Introspection));
        all.extend(RevocationLie::ALL.iter().copied().map(Self::Revocation));
        all.extend(MetadataLie::ALL.iter().copied().map(Self::Metadata));
        all.extend(LogoutTokenLie::ALL.iter().copied().map(Self::LogoutToken));
        all.extend(FrontChannelLie::ALL.iter().copied().map(Self::FrontChannel));
        all.extend(DpopLie::ALL.iter().copied().map(Self::Dpop));
        all
    }

    /// Returns the name, with its group in front, as in `id-token.alg-none`.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdToken(lie) => lie.name(),
            Self::AuthorizationResponse(lie) => lie.name(),
            Self::TokenResponse(lie) => lie.name(),
            Self::Introspection(lie) => lie.name(),
            Self::Revocation(lie) => lie.name(),
            Self::Metadata(lie) => lie.name(),
            Self::LogoutToken(lie) => lie.name(),
            Self::FrontChannel(lie) => lie.name(),
            Self::Dpop(lie) => lie.name(),
        }
    }

    /// Returns what the lie says, in a sentence.
    pub fn what(self) -> &'static str {
        match self {
            Self::IdToken(lie) => lie.what(),
            Self::AuthorizationResponse(lie) => lie.what(),
            Self::TokenResponse(lie) => lie.what(),
            Self::Introspection(lie) => lie.what(),
            Self::Revocation(lie) => lie.what(),
            Self::Metadata(lie) => lie.what(),
            Self::LogoutToken(lie) => lie.what(),
            Self::FrontChannel(lie) => lie.what(),
            Self::Dpop(lie) => lie.what(),
        }
    }
}

/// Why a text names no lie.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no lie is called {name:?}{hint}")]
pub struct UnknownLie {
    name: String,
    hint: String,
}

impl TryFrom<String> for Lie {
    type Error = UnknownLie;

    fn try_from(name: String) -> Result<Self, UnknownLie> {
        let all = Self::all();
        let found = all.iter().copied().find(|lie| lie.name() == name);
        found.ok_or_else(|| {
            let hint = crate::nearest::hint(&name, all.iter().map(|lie| lie.name()));
            UnknownLie { name, hint }
        })
    }
}

impl From<Lie> for String {
    fn from(lie: Lie) -> Self {
        lie.name().to_owned()
    }
}

/// How often an armed lie is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Times {
    /// At the next occasion only.
    #[default]
    Once,
    /// Until it is disarmed.
    UntilDisarmed,
}

/// A lie that waits for its occasion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArmedLie {
    /// The lie's name.
    pub lie: Lie,
    /// The client that is lied to; nothing means every client, and whoever reads the metadata.
    #[serde(default)]
    pub client_id: Option<String>,
    /// How often it is told.
    #[serde(default)]
    pub times: Times,
}

/// The lies that wait for their occasion, in the order in which they were armed.
#[derive(Default)]
pub(crate) struct Armed(Mutex<Vec<ArmedLie>>);

impl Armed {
    pub(crate) fn arm(&self, lie: ArmedLie) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(lie);
    }

    /// Disarms the lies of this name and for this client, where either is given, and returns how many there were.
    pub(crate) fn disarm(&self, lie: Option<Lie>, client_id: Option<&str>) -> usize {
        let mut armed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = armed.len();
        let is_meant = |armed: &ArmedLie| {
            lie.is_none_or(|lie| armed.lie == lie) && client_id.is_none_or(|id| armed.client_id.as_deref() == Some(id))
        };
        armed.retain(|armed| !is_meant(armed));
        before - armed.len()
    }

    pub(crate) fn list(&self) -> Vec<ArmedLie> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the first armed lie for this client that fits the occasion; one that is told once is then disarmed.
    pub(crate) fn next<T>(&self, client_id: Option<&str>, fits: impl Fn(Lie) -> Option<T>) -> Option<T> {
        let mut armed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_for = |armed: &ArmedLie| armed.client_id.is_none() || armed.client_id.as_deref() == client_id;
        let (place, told) = armed
            .iter()
            .enumerate()
            .filter(|(_, armed)| is_for(armed))
            .find_map(|(place, armed)| Some((place, fits(armed.lie)?)))?;
        if armed[place].times == Times::Once {
            armed.remove(place);
        }
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn lie() -> Lie {
        Lie::all()[0]
    }

    #[test]
    fn every_lie_has_a_name_of_its_own_and_a_sentence() {
        let all = Lie::all();
        let names: HashSet<_> = all.iter().map(|lie| lie.name()).collect();
        assert_eq!(names.len(), all.len());
        for lie in all {
            assert!(lie.what().len() > 20 && lie.what().ends_with('.'), "{}: {}", lie.name(), lie.what());
            assert_eq!(Lie::try_from(lie.name().to_owned()), Ok(lie));
        }
    }

    #[test]
    fn an_unknown_name_is_told_the_nearest() {
        let refused = Lie::try_from("id-token.alg-nome".to_owned()).unwrap_err().to_string();
        assert!(refused.contains("id-token.alg-none"), "{refused}");
    }

    #[test]
    fn a_lie_is_told_once_or_until_it_is_disarmed_and_to_its_client_only() {
        let armed = Armed::default();
        armed.arm(ArmedLie { lie: lie(), client_id: Some("bff".to_owned()), times: Times::Once });
        assert_eq!(armed.next(Some("spa"), Some), None);
        assert_eq!(armed.next(Some("bff"), Some), Some(lie()));
        assert_eq!(armed.next(Some("bff"), Some), None);
        armed.arm(ArmedLie { lie: lie(), client_id: None, times: Times::UntilDisarmed });
        assert_eq!(armed.next(Some("spa"), Some), Some(lie()));
        assert_eq!(armed.next(None, Some), Some(lie()));
        assert_eq!(armed.disarm(Some(Lie::all()[1]), None) + armed.disarm(None, Some("spa")), 0);
        assert_eq!(armed.disarm(Some(lie()), None), 1);
        assert_eq!(armed.next(Some("spa"), Some), None);
    }

    #[test]
    fn an_occasion_that_does_not_fit_leaves_a_lie_armed() {
        let armed = Armed::default();
        armed.arm(ArmedLie { lie: lie(), client_id: None, times: Times::Once });
        assert_eq!(armed.next(Some("bff"), |_| None::<Lie>), None);
        assert_eq!(armed.list().len(), 1);
    }
}
