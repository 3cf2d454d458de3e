//! Seals what leaves the process (AES-256-GCM): whoever copies a database or a cookie reads nothing and forges nothing.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, rand};

/// A key for one purpose.
pub(crate) struct Seal {
    key: LessSafeKey,
}

impl Seal {
    /// Derives the key of one purpose from a shared one (RFC 5869), so that what is sealed for one fits no other.
    pub(crate) fn new(shared: &[u8; 32], purpose: &str) -> Self {
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"bff").extract(shared);
        let info = [purpose.as_bytes()];
        let derived = extracted.expand(&info, &AES_256_GCM).expect("32 bytes can be derived from SHA-256");
        Self { key: LessSafeKey::new(UnboundKey::from(derived)) }
    }

    /// Derives it from the shared key where there is one, and from a fresh one where there is none.
    pub(crate) fn of(shared: Option<&[u8; 32]>, purpose: &str) -> Self {
        match shared {
            Some(shared) => Self::new(shared, purpose),
            None => Self::new(&random(), purpose),
        }
    }

    /// Seals, bound to a place: opened in any other, it is refused.
    pub(crate) fn seal(&self, plain: &[u8], place: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(place), &mut sealed[NONCE_LEN..]);
        sealed.extend_from_slice(tag.expect("it is far shorter than the longest message").as_ref());
        sealed
    }

    /// Opens what was sealed with this key for this place.
    pub(crate) fn open(&self, sealed: &[u8], place: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self.key.open_in_place(nonce, Aad::from(place), &mut rest).ok()?.len();
        rest.truncate(length);
        Some(rest)
    }
}

/// Returns fresh bytes of the system's generator.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    rand::fill(&mut bytes).expect("the system's generator of randomness answers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_in_its_place_and_nothing_else() {
        let (seal, twin) = (Seal::new(&[7; 32], "a"), Seal::new(&[7; 32], "a"));
        let sealed = seal.seal(b"text", b"here");
        let opened = twin.open(&sealed, b"here");
        assert_eq!(opened.as_deref(), Some(b"text".as_slice()), "replicas that share the key agree");
        assert_eq!(seal.open(&sealed, b"there"), None);
        assert_eq!(Seal::new(&[7; 32], "b").open(&sealed, b"here"), None);
        assert_eq!(Seal::new(&[8; 32], "a").open(&sealed, b"here"), None);
        assert_eq!(Seal::of(None, "a").open(&sealed, b"here"), None);
        assert_ne!(seal.seal(b"text", b"here"), sealed, "equal texts do not look equal");
    }

    proptest::proptest! {
        #[test]
        fn hostile_bytes_open_nothing(bytes in proptest::collection::vec(0_u8.., 0..80)) {
            proptest::prop_assert_eq!(Seal::new(&[7; 32], "a").open(&bytes, b""), None);
        }

        #[test]
        fn one_changed_bit_is_seen(byte in 0_usize..32, bit in 0_u8..8) {
            let seal = Seal::new(&[7; 32], "a");
            let mut sealed = seal.seal(b"text", b"");
            sealed[byte] ^= 1 << bit;
            proptest::prop_assert_eq!(seal.open(&sealed, b""), None);
        }
    }
}
