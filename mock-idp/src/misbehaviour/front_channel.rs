//! Lies about the end of a session that are told through the browser: what the framed address names.
//!
//! Source: OpenID Connect Front-Channel Logout 1.0 §2.

use super::forgery::EVIL;

super::lies! {
    /// A lie about the end of a session, told through the browser.
    FrontChannelLie in "front-channel" {
        /// The address names the attacker as the issuer.
        IssForged = "iss-forged",
        /// The address names no issuer.
        IssMissing = "iss-missing",
        /// The address names a session that nobody can have: a wildcard.
        SidForged = "sid-forged",
        /// The address names another session, which looks like one that could exist.
        SidOfAnotherSession = "sid-of-another-session",
        /// The address names no session.
        SidMissing = "sid-missing",
        /// The address names neither an issuer nor a session.
        BothMissing = "both-missing",
    }
}

/// Changes what the framed address names.
pub(crate) fn tell(lie: FrontChannelLie, iss: &mut Option<String>, sid: &mut Option<String>) {
    match lie {
        FrontChannelLie::IssForged => *iss = Some(EVIL.to_owned()),
        FrontChannelLie::IssMissing => *iss = None,
        FrontChannelLie::SidForged => *sid = Some("*".to_owned()),
        FrontChannelLie::SidOfAnotherSession => *sid = Some(hosting::random_token()),
        FrontChannelLie::SidMissing => *sid = None,
        FrontChannelLie::BothMissing => (*iss, *sid) = (None, None),
    }
}
