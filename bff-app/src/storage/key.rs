//! The names under which things are kept: digests, so that a copy of a store opens nothing and names nobody.

/// The first half of a SHA-256 digest. What is digested has 256 random bits, or is no secret.
pub(crate) type Key = [u8; 16];

/// How long the kind and text of nearly every key are together, in bytes.
const SHORT: usize = 128;

/// Digests a text; `kind` keeps equal texts of different kinds apart.
pub(crate) fn key(kind: &str, text: &str) -> Key {
    let parts = [kind.as_bytes(), b"\0".as_slice(), text.as_bytes()];
    let length = kind.len() + 1 + text.len();
    let mut short = [0; SHORT];
    let digest = if length <= SHORT {
        let mut at = 0;
        for part in parts {
            short[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        hosting::sha256(&short[..length])
    } else {
        hosting::sha256(&parts.concat())
    };
    let mut key = Key::default();
    key.copy_from_slice(&digest[..16]);
    key
}

/// Writes a key as 32 hexadecimal digits.
pub(crate) fn hex(key: &Key) -> String {
    format!("{:032x}", u128::from_be_bytes(*key))
}

/// Reads what [`hex`] wrote.
pub(crate) fn from_hex(text: &str) -> Option<Key> {
    u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_texts_are_kept_apart() {
        assert_ne!(key("a", "bc"), key("ab", "c"));
        assert_ne!(key("a", "b"), key("b", "b"));
        assert_eq!(key("a", "b"), key("a", "b"));
    }

    #[test]
    fn long_texts_and_short_ones_are_digested_alike() {
        for length in [0, 1, SHORT - 2, SHORT - 1, 10 * SHORT] {
            let text = "t".repeat(length);
            let digest = hosting::sha256(format!("k\0{text}").as_bytes());
            assert_eq!(key("k", &text), digest[..16], "{length}");
        }
    }

    proptest::proptest! {
        #[test]
        fn hexadecimal_digits_lead_back(key in proptest::array::uniform16(0_u8..)) {
            proptest::prop_assert_eq!(hex(&key).len(), 32);
            proptest::prop_assert_eq!(from_hex(&hex(&key)), Some(key));
        }
    }
}
