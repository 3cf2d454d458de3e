//! A signed statement in compact form (RFC 7515), taken apart and not believed yet.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny};
use serde_json::Value;

use super::public_key::PublicKey;

/// The algorithms that are taken, by the names that headers give them (RFC 7518 §3.1, RFC 8037 §3.1).
pub(super) const ALGORITHMS: &str = "ES256 PS256 EdDSA RS256";

/// A longer one is not looked at.
const LONGEST: usize = 16 * 1024;

/// What is read of a header; `jku`, `x5u` and `x5c` are not, so they lead nowhere (RFC 8725 §3.10).
///
/// A member that is there twice makes the header unreadable (RFC 7515 §4).
#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) typ: Option<String>,
    pub(super) kid: Option<String>,
    pub(super) jwk: Option<Value>,
    /// Whether it demands an extension, whichever it is.
    #[serde(default, rename = "crit", deserialize_with = "is_there")]
    pub(super) is_critical: bool,
}

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|IgnoredAny| true)
}

/// A signed statement.
pub(super) struct Jws<'a> {
    pub(super) header: Header,
    payload: &'a str,
    signed: &'a str,
    signature: &'a str,
}

/// Takes a signed statement apart; nothing where it is none.
pub(super) fn read(text: &str) -> Option<Jws<'_>> {
    if text.len() > LONGEST {
        return None;
    }
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    Some(Jws { header: json(header)?, payload, signed, signature })
}

/// Tells whether a token has the form of a signed statement, so that it is no reference.
pub(super) fn has_form(token: &str) -> bool {
    read(token).is_some()
}

impl Jws<'_> {
    /// Returns the algorithm, where it is one that is taken.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        match self.header.alg.as_str() {
            "ES256" => Some(Algorithm::ES256),
            "RS256" => Some(Algorithm::RS256),
            "PS256" => Some(Algorithm::PS256),
            "EdDSA" => Some(Algorithm::EdDSA),
            _ => None,
        }
    }

    /// Tells whether the holder of a key has signed it.
    pub(super) fn is_signed_by(&self, key: &PublicKey, algorithm: Algorithm) -> bool {
        key.fits(algorithm) && key.has_signed(self.signed.as_bytes(), self.signature, algorithm)
    }

    /// Returns what it says; nothing where that is not of this shape.
    pub(super) fn claims<Claims: DeserializeOwned>(&self) -> Option<Claims> {
        json(self.payload)
    }
}

fn json<Content: DeserializeOwned>(part: &str) -> Option<Content> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::signer::Signer;

    fn part(text: &str) -> String {
        hosting::base64url(text.as_bytes())
    }

    fn header(text: &str) -> Option<Header> {
        let jws = format!("{}.e30.", part(text));
        read(&jws).map(|jws| jws.header)
    }

    #[test]
    fn a_header_is_read_once_and_whole() {
        assert!(header(r#"{"alg":"ES256","kid":"1","jku":"https://evil.test/keys","x5c":7}"#).is_some());
        for text in [
            "{}",
            "[]",
            "null",
            "\"ES256\"",
            r#"{"alg":null}"#,
            r#"{"alg":["ES256"]}"#,
            r#"{"alg":"ES256","alg":"none"}"#,
            r#"{"alg":"ES256","kid":1}"#,
            r#"{"alg":"ES256","typ":{}}"#,
            r#"{"alg":"ES256"}{}"#,
        ] {
            assert!(header(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_extension_is_seen_whatever_it_is() {
        for crit in ["[\"b64\"]", "[]", "null", "{}", "\"exp\""] {
            assert!(header(&format!(r#"{{"alg":"ES256","crit":{crit}}}"#)).is_some_and(|header| header.is_critical));
        }
        assert!(header(r#"{"alg":"ES256"}"#).is_some_and(|header| !header.is_critical));
    }

    #[test]
    fn four_algorithms_are_known_and_no_other_spelling() {
        for alg in ["none", "None", "HS256", "HS512", "RS384", "ES384", "es256", "ES256 ", "", "EdDSA\u{0}", "ES256K"] {
            let jws = format!("{}.e30.", part(&serde_json::json!({ "alg": alg }).to_string()));
            assert!(read(&jws).is_some_and(|jws| jws.algorithm().is_none()), "{alg}");
        }
        for alg in ALGORITHMS.split(' ') {
            let jws = format!("{}.e30.", part(&serde_json::json!({ "alg": alg }).to_string()));
            assert!(read(&jws).is_some_and(|jws| jws.algorithm().is_some()), "{alg}");
        }
    }

    #[test]
    fn what_has_the_form_of_a_jwt_is_told_from_a_reference() {
        let header = part(r#"{"alg":"none"}"#);
        for (token, is_jwt) in [
            (format!("{header}.e30."), true),
            (format!("{header}.x.y"), true),
            (format!("{header}.x"), false),
            ("a.b.c".to_owned(), false),
            ("opaque".to_owned(), false),
        ] {
            assert_eq!(has_form(&token), is_jwt, "{token}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_other_bytes_verify(place in 0_usize..400, to in 0_u8..64) {
            let signer = Signer::new("1", "ES256");
            let key = PublicKey::read(&signer.jwk()).unwrap();
            let token = signer.access_token(&serde_json::json!({"sub": "alice"}));
            proptest::prop_assert!(read(&token).is_some_and(|jws| jws.is_signed_by(&key, Algorithm::ES256)));
            let place = place % token.len();
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let mut bytes = token.clone().into_bytes();
            bytes[place] = alphabet[usize::from(to)];
            let changed = String::from_utf8(bytes).unwrap();
            if changed != token && let Some(jws) = read(&changed) {
                proptest::prop_assert!(!jws.is_signed_by(&key, Algorithm::ES256));
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}", header in ".{0,60}") {
            let _ = read(&text).map(|jws| jws.claims::<Value>());
            let jws = format!("{}.{text}", part(&header));
            let _ = read(&jws).map(|jws| jws.claims::<Value>());
        }
    }
}
