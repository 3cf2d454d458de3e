//! Nonces for proofs, so that none can be made in advance (RFC 9449 §9 and §11.2).
//!
//! A nonce is a digest of the time and a secret: nothing has to be remembered, and nobody else can make one.

use hosting::Secret;

/// Makes nonces, and knows them again.
pub(super) struct Nonces {
    secret: Secret,
    window_s: u64,
}

impl Nonces {
    /// Makes nonces that are taken for so many seconds at most, and for half as many at least.
    pub(super) fn new(life_s: u64) -> Self {
        Self { secret: Secret::new(hosting::random_token()), window_s: (life_s / 2).max(1) }
    }

    /// Returns the nonce of a time.
    pub(super) fn at(&self, now_s: u64) -> String {
        self.of_window(now_s / self.window_s)
    }

    /// Tells whether a nonce is that of now, or of the window before.
    pub(super) fn takes(&self, nonce: &str, now_s: u64) -> bool {
        let window = now_s / self.window_s;
        let is_of = |window| hosting::same_bytes(nonce.as_bytes(), self.of_window(window).as_bytes());
        is_of(window) || is_of(window.saturating_sub(1))
    }

    fn of_window(&self, window: u64) -> String {
        let input = [self.secret.expose().as_bytes(), &window.to_be_bytes()].concat();
        hosting::base64url(&hosting::sha256(&input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_taken_for_its_life_and_no_longer() {
        let nonces = Nonces::new(120);
        for given_at in [6_000, 6_001, 6_030, 6_059] {
            let nonce = nonces.at(given_at);
            assert!(nonces.takes(&nonce, given_at) && nonces.takes(&nonce, given_at + 60), "{given_at}");
            assert!(!nonces.takes(&nonce, given_at + 120), "{given_at}");
        }
    }

    #[test]
    fn nobody_else_makes_one() {
        let nonces = Nonces::new(120);
        assert!(!nonces.takes(&Nonces::new(120).at(6_000), 6_000));
        for nonce in ["", "a", &nonces.at(9_000)] {
            assert!(!nonces.takes(nonce, 6_000), "{nonce}");
        }
        assert_eq!(Nonces::new(0).at(1).len(), 43);
    }
}
