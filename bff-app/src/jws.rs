//! A signed statement of the provider, checked before any of its claims is read.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

/// The algorithms that are taken: asymmetric ones, so that whoever can check a signature cannot make one (RFC 8725 §3.2).
pub(crate) const ALGORITHMS: [Algorithm; 4] = [Algorithm::ES256, Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA];

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;

/// Why a token was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("the token is not a compact JWS with an object inside")]
    Malformed,
    #[error("the token is of the type {0:?}")]
    Type(String),
    #[error("the token is signed with {0:?}, which is not an algorithm that is taken here")]
    Algorithm(String),
    #[error("the token demands the extension {0}, which is not understood here")]
    Critical(String),
    #[error("no key of the provider is called {0:?}")]
    UnknownKey(String),
    #[error("the key {0:?} is not one for this algorithm")]
    Key(String),
    #[error("the token's signature is wrong")]
    Signature,
}

/// Checks form, type, algorithm and signature, and returns the claims.
///
/// `types` are the values of `typ` that are taken, in lower case; `None` stands for a header without one. `algorithms`
/// are those that the provider announces, out of [`ALGORITHMS`].
///
/// Source: RFC 7515 §5.2, RFC 8725 §3.1 and §3.11.
///
/// # Errors
///
/// [`Rejected`] names the first check that failed.
pub(crate) fn check(
    token: &str,
    keys: &JwkSet,
    types: &[Option<&str>],
    algorithms: &[Algorithm],
) -> Result<Value, Rejected> {
    let parts = Parts::of(token).ok_or(Rejected::Malformed)?;
    // RFC 7515 §4.1.11: no extension is understood here, so none may be critical.
    if let Some(critical) = parts.header.get("crit") {
        return Err(Rejected::Critical(critical.to_string()));
    }
    let typ = parts.header.get("typ").map(|typ| typ.as_str().unwrap_or_default().to_ascii_lowercase());
    if !types.contains(&typ.as_deref()) {
        return Err(Rejected::Type(typ.unwrap_or_default()));
    }
    let taken = parts.algorithm().filter(|algorithm| algorithms.contains(algorithm));
    let algorithm = taken.ok_or_else(|| Rejected::Algorithm(parts.text("alg").to_owned()))?;
    let key = key(keys, parts.header.get("kid"), algorithm)?;
    // An error is a key or a signature that cannot be read; whoever sent it learns no more than that it is wrong.
    let verified = crypto::verify(parts.signature, parts.signed.as_bytes(), &key, algorithm).unwrap_or(false);
    if !verified {
        return Err(Rejected::Signature);
    }
    object(parts.payload).ok_or(Rejected::Malformed)
}

/// Returns the left half of a text's digest, by the digest of the algorithm that signed this token, as `at_hash` has it.
///
/// Source: OpenID Connect Core 1.0 §3.1.3.6; for `EdDSA` with Ed25519 the digest is SHA-512.
pub(crate) fn half_digest(token: &str, text: &str) -> Option<String> {
    let algorithm = match Parts::of(token)?.algorithm()? {
        Algorithm::EdDSA => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let digest = digest::digest(algorithm, text.as_bytes());
    let bytes = digest.as_ref();
    Some(hosting::base64url(&bytes[..bytes.len() / 2]))
}

/// Returns the algorithm of this name, unless it is one that is never taken.
pub(crate) fn algorithm(name: &str) -> Option<Algorithm> {
    name.parse().ok().filter(|algorithm| ALGORITHMS.contains(algorithm))
}

/// A compact JWS that was taken apart, and not verified yet (RFC 7515 §7.1).
struct Parts<'a> {
    header: Value,
    payload: &'a str,
    /// Header and payload as they were signed.
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        Some(Self { header: object(header)?, payload, signed, signature })
    }

    fn text(&self, name: &str) -> &str {
        self.header.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn algorithm(&self) -> Option<Algorithm> {
        algorithm(self.text("alg"))
    }
}

fn object(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
}

/// Finds the key by its name; a token without one is taken where there is no choice (OpenID Connect Core 1.0 §10.1).
fn key(keys: &JwkSet, kid: Option<&Value>, algorithm: Algorithm) -> Result<DecodingKey, Rejected> {
    let found = if let Some(kid) = kid {
        let name = kid.as_str().unwrap_or_default();
        let named = || keys.keys.iter().filter(move |jwk| jwk.common.key_id.as_deref() == Some(name));
        if name.is_empty() || named().next().is_none() {
            return Err(Rejected::UnknownKey(name.to_owned()));
        }
        named().find(|jwk| fits(jwk, algorithm)).ok_or_else(|| Rejected::Key(name.to_owned()))?
    } else {
        let mut fitting = keys.keys.iter().filter(|jwk| fits(jwk, algorithm));
        let only = fitting.next().filter(|_| fitting.next().is_none());
        only.ok_or_else(|| Rejected::UnknownKey(String::new()))?
    };
    DecodingKey::from_jwk(found).map_err(|_| Rejected::Signature)
}

/// Tells whether a key is for signatures of this algorithm (RFC 7517 §4.2 to §4.4, RFC 8725 §3.1).
fn fits(jwk: &Jwk, algorithm: Algorithm) -> bool {
    let common = &jwk.common;
    let signs = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let verifies = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
    let is_named = common.key_algorithm.is_none_or(|named| named == KeyAlgorithm::from(algorithm));
    let is_of_kind = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) => algorithm == Algorithm::ES256 && key.curve == EllipticCurve::P256,
        AlgorithmParameters::RSA(_) => matches!(algorithm, Algorithm::RS256 | Algorithm::PS256),
        AlgorithmParameters::OctetKeyPair(key) => algorithm == Algorithm::EdDSA && key.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    signs && verifies && is_named && is_of_kind
}

#[cfg(test)]
mod tests {
    use hosting::ClientKey;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    use super::*;

    struct Signer {
        key: ClientKey,
    }

    impl Signer {
        fn new() -> Self {
            Self { key: ClientKey::generate() }
        }

        /// Returns the set of the one public key, changed.
        fn keys(&self, change: impl Fn(&mut Value)) -> JwkSet {
            let mut jwk = self.key.jwk.clone();
            jwk["kid"] = json!("k");
            change(&mut jwk);
            serde_json::from_value(json!({ "keys": [jwk] })).unwrap()
        }

        fn sign(&self, change: impl Fn(&mut Header)) -> String {
            let mut header = Header::new(Algorithm::ES256);
            header.kid = Some("k".to_owned());
            change(&mut header);
            let key = EncodingKey::from_ec_pem(self.key.pem.expose().as_bytes()).unwrap();
            encode(&header, &json!({ "sub": "s" }), &key).unwrap()
        }
    }

    fn checked(token: &str, keys: &JwkSet) -> Result<Value, Rejected> {
        check(token, keys, &[None, Some("jwt")], &ALGORITHMS)
    }

    fn text(header: &Value, payload: &Value) -> String {
        let part = |value: &Value| hosting::base64url(value.to_string().as_bytes());
        format!("{}.{}.", part(header), part(payload))
    }

    #[test]
    fn takes_what_the_named_key_signed() {
        let signer = Signer::new();
        let keys = signer.keys(|_| {});
        assert_eq!(checked(&signer.sign(|_| {}), &keys).unwrap()["sub"], "s");
        assert_eq!(checked(&signer.sign(|header| header.typ = None), &keys).unwrap()["sub"], "s");
        assert_eq!(checked(&Signer::new().sign(|_| {}), &keys), Err(Rejected::Signature));
    }

    #[test]
    fn a_token_that_names_no_key_is_taken_where_there_is_no_choice() {
        let signer = Signer::new();
        let nameless = signer.sign(|header| header.kid = None);
        let mut keys = signer.keys(|_| {});
        assert!(checked(&nameless, &keys).is_ok());
        keys.keys.extend(Signer::new().keys(|_| {}).keys);
        assert_eq!(checked(&nameless, &keys), Err(Rejected::UnknownKey(String::new())));
    }

    #[test]
    fn refuses_no_signature_and_one_that_the_public_key_makes() {
        let signer = Signer::new();
        let keys = signer.keys(|_| {});
        let none = text(&json!({ "alg": "none", "kid": "k" }), &json!({ "sub": "s" }));
        assert_eq!(checked(&none, &keys), Err(Rejected::Algorithm("none".to_owned())));
        // RFC 8725 §2.1: the public key of ECDSA, taken as the secret of an HMAC.
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("k".to_owned());
        let public = signer.key.jwk["x"].as_str().unwrap();
        let forged = encode(&header, &json!({ "sub": "s" }), &EncodingKey::from_secret(public.as_bytes())).unwrap();
        assert_eq!(checked(&forged, &keys), Err(Rejected::Algorithm("HS256".to_owned())));
    }

    #[test]
    fn refuses_types_extensions_and_keys_that_are_not_named() {
        let signer = Signer::new();
        let keys = signer.keys(|_| {});
        let refused = |change: &dyn Fn(&mut Header)| checked(&signer.sign(change), &keys).unwrap_err();
        assert_eq!(
            refused(&|header| header.typ = Some("logout+jwt".to_owned())),
            Rejected::Type("logout+jwt".to_owned())
        );
        assert!(matches!(refused(&|header| header.crit = Some(vec!["b64".to_owned()])), Rejected::Critical(_)));
        assert_eq!(refused(&|header| header.kid = Some("other".to_owned())), Rejected::UnknownKey("other".to_owned()));
        assert_eq!(refused(&|header| header.kid = Some(String::new())), Rejected::UnknownKey(String::new()));
    }

    #[test]
    fn a_key_in_the_header_is_not_looked_at() {
        let (signer, keys) = (Signer::new(), Signer::new().keys(|_| {}));
        let own: Jwk = serde_json::from_value(signer.key.jwk.clone()).unwrap();
        let token = signer.sign(|header| header.jwk = Some(own.clone()));
        assert_eq!(checked(&token, &keys), Err(Rejected::Signature));
    }

    #[test]
    fn refuses_a_key_that_is_for_something_else() {
        let signer = Signer::new();
        for (name, value) in
            [("use", json!("enc")), ("alg", json!("ES384")), ("key_ops", json!(["sign"])), ("crv", json!("P-384"))]
        {
            let keys = signer.keys(|jwk| jwk[name] = value.clone());
            assert_eq!(checked(&signer.sign(|_| {}), &keys), Err(Rejected::Key("k".to_owned())), "{name}");
        }
    }

    #[test]
    fn refuses_an_algorithm_that_the_provider_does_not_announce() {
        let signer = Signer::new();
        let checked = check(&signer.sign(|_| {}), &signer.keys(|_| {}), &[Some("jwt")], &[Algorithm::RS256]);
        assert_eq!(checked, Err(Rejected::Algorithm("ES256".to_owned())));
    }

    #[test]
    fn the_half_digest_is_that_of_the_specification() {
        // OpenID Connect Core 1.0 appendix A.3.
        let token = text(&json!({ "alg": "RS256" }), &json!({}));
        let half = half_digest(&token, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        assert_eq!(half.as_deref(), Some("77QmUPtjPfzWtF2AnpK9RQ"));
        let token = text(&json!({ "alg": "EdDSA" }), &json!({}));
        assert_eq!(half_digest(&token, "a").map(|half| half.len()), Some(43));
        assert_eq!(half_digest("a.b.c", "a"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,200}") {
            let keys = JwkSet { keys: Vec::new() };
            proptest::prop_assert!(checked(&text, &keys).is_err());
            let _ = half_digest(&text, &text);
        }

        #[test]
        fn any_header_and_signature_are_survived(header in ".{0,60}", payload in ".{0,60}", signature in "[A-Za-z0-9_-]{0,120}") {
            let part = |text: &str| hosting::base64url(text.as_bytes());
            let keys = Signer::new().keys(|_| {});
            let token = format!("{}.{}.{signature}", part(&header), part(&payload));
            proptest::prop_assert!(checked(&token, &keys).is_err());
            let real = json!({ "alg": header, "kid": "k", "typ": payload }).to_string();
            let token = format!("{}.{}.{signature}", part(&real), part(&payload));
            proptest::prop_assert!(checked(&token, &keys).is_err());
        }

        #[test]
        fn no_other_bytes_verify(place in 0_usize..400, to in 0_usize..64) {
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let signer = Signer::new();
            let token = signer.sign(|_| {});
            let mut bytes = token.clone().into_bytes();
            let place = place % bytes.len();
            bytes[place] = alphabet[to];
            let changed = String::from_utf8(bytes).unwrap();
            if changed != token {
                let refused = checked(&changed, &signer.keys(|_| {})).is_err();
                proptest::prop_assert!(refused);
            }
        }
    }
}
