//! Lies about the holder of a key: what the checker of DPoP proofs does wrong.
//!
//! Source: RFC 9449 §5, §8 and §11.1.

super::lies! {
    /// A lie about the holder of a key.
    DpopLie in "dpop" {
        /// A proof without a nonce is taken, although one was demanded before.
        NonceForgotten = "nonce-forgotten",
        /// Every answer carries another nonce.
        NonceChanging = "nonce-changing",
        /// No nonce is ever taken: every proof is answered with the demand for another one.
        NonceNeverTaken = "nonce-never-taken",
        /// A nonce is demanded, and none is sent.
        NonceDemandedButNotSent = "nonce-demanded-but-not-sent",
        /// Tokens are bound to another key than the one that signed the proof.
        WrongKey = "wrong-key",
        /// The token type is `Bearer`, although a proof was sent.
        Bearer = "bearer",
        /// A proof is taken as often as it comes.
        ReplaysAccepted = "replays-accepted",
    }
}

impl DpopLie {
    /// Tells whether a proof needs no nonce, whatever the settings say.
    pub(crate) fn forgets_nonce(self) -> bool {
        self == Self::NonceForgotten
    }

    /// Tells whether every answer carries a nonce of its own.
    pub(crate) fn changes_nonce(self) -> bool {
        self == Self::NonceChanging
    }

    /// Tells whether a proof is refused for its nonce, whatever it is.
    pub(crate) fn refuses_every_nonce(self) -> bool {
        matches!(self, Self::NonceNeverTaken | Self::NonceDemandedButNotSent)
    }

    /// Tells whether the demand for a nonce carries none.
    pub(crate) fn sends_no_nonce(self) -> bool {
        self == Self::NonceDemandedButNotSent
    }

    /// Tells whether tokens are bound to a key that did not sign the proof.
    pub(crate) fn binds_to_wrong_key(self) -> bool {
        self == Self::WrongKey
    }

    /// Tells whether the token type is `Bearer` in spite of the proof.
    pub(crate) fn says_bearer(self) -> bool {
        self == Self::Bearer
    }

    /// Tells whether a proof that was seen before is taken again.
    pub(crate) fn accepts_replays(self) -> bool {
        self == Self::ReplaysAccepted
    }
}
