//! What the implant brought home, matched against every credential that the play has minted.

use std::collections::BTreeSet;

use hosting::{Credentials, Kind};

/// The credentials in a text whose theft matters: those that act for the user.
pub(super) fn credentials_in(credentials: &Credentials, text: &str) -> BTreeSet<(&'static str, String)> {
    let matters = |kind: Kind| {
        matches!(
            kind,
            Kind::AccessToken
                | Kind::RefreshToken
                | Kind::IdToken
                | Kind::Session
                | Kind::ProviderSession
                | Kind::ClientSecret
                | Kind::Password
        )
    };
    let found = credentials.found_in(text);
    found.into_iter().filter(|(kind, _)| matters(*kind)).map(|(kind, label)| (kind.short(), label)).collect()
}
