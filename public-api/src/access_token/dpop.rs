//! Proofs that a caller holds the key to which its token is bound (RFC 9449).

mod nonce;

use std::time::Duration;

use hosting::Clock;
use http::{HeaderMap, HeaderName};
use serde::Deserialize;
use url::Url;

use super::claims::Seconds;
use super::generations::{Digest, Generations, Put};
use super::jws::{self, Jws};
use super::public_key::{PublicKey, thumbprint};
use super::{Call, Refused};
use crate::settings::{Dpop, Settings, Switch};
use nonce::Nonces;

/// The header that carries a proof.
pub(super) const HEADER: HeaderName = HeaderName::from_static("dpop");

/// The header that carries the nonce of the next proof (RFC 9449 §9).
pub(super) const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// How far the time of a proof may be from now, in seconds.
pub const DPOP_AGE_S: u64 = 60;

/// How many proofs are remembered per life of one; when there is no room for another, it is refused.
const REMEMBERED: usize = 50_000;

/// Returns the one proof of a call.
///
/// Source: RFC 9449 §4.3, check 1.
pub(super) fn header(headers: &HeaderMap) -> Result<&str, Refused> {
    let mut proofs = headers.get_all(HEADER).iter();
    let proof = proofs.next().ok_or(Refused::InvalidProof("no DPoP proof was sent"))?;
    if proofs.next().is_some() {
        return Err(Refused::InvalidProof("two DPoP proofs were sent: send one"));
    }
    proof.to_str().map_err(|_| Refused::InvalidProof("the DPoP proof is not ASCII"))
}

/// What a proof says (RFC 9449 §4.2).
#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: Seconds,
    ath: Option<String>,
    nonce: Option<String>,
}

/// What a proof has proven.
pub(super) struct Proven {
    /// The thumbprint of the key that the caller holds.
    pub(super) thumbprint: String,
    /// What the proof is remembered by.
    used: Digest,
}

/// What checks proofs.
pub(super) struct Proofs {
    origin: String,
    clock: Clock,
    nonces: Option<Nonces>,
    replay: Switch,
    seen: Generations<()>,
}

impl Proofs {
    pub(super) fn new(origin: &str, settings: &Settings, clock: Clock) -> Self {
        let needs_nonce = settings.dpop != Dpop::Off && settings.dpop_nonce.is_on();
        // It may come as long before its time as after it, and on the last second.
        let life = Duration::from_secs(DPOP_AGE_S * 2 + 1);
        Self {
            origin: origin.to_owned(),
            nonces: needs_nonce.then(|| Nonces::new(settings.dpop_nonce_life_s)),
            replay: settings.dpop_replay,
            seen: Generations::new(life, REMEMBERED),
            clock,
        }
    }

    /// Checks a proof for the use of a token.
    ///
    /// Source: RFC 9449 §4.3, in its order.
    ///
    /// # Errors
    ///
    /// [`Refused::InvalidProof`] names the first check that failed, [`Refused::UseNonce`] that a nonce is needed.
    pub(super) fn check(&self, proof: &str, token: &str, call: &Call<'_>) -> Result<Proven, Refused> {
        let jws = jws::read(proof).ok_or(Refused::InvalidProof("the DPoP proof is no JWT"))?;
        let claims: Option<Claims> = jws.claims();
        let claims = claims.ok_or(Refused::InvalidProof("the DPoP proof's claims are not jti, htm, htu and iat"))?;
        let thumbprint = check_key(&jws)?;
        if claims.jti.is_empty() || claims.jti.len() > 256 {
            return Err(Refused::InvalidProof("the DPoP proof's jti is empty, or longer than 256 bytes"));
        }
        if claims.htm != call.method.as_str() {
            return Err(Refused::InvalidProof("the DPoP proof's htm is not the method of this call"));
        }
        if !self.is_address(&claims.htu, call.path) {
            return Err(Refused::InvalidProof("the DPoP proof's htu is not the address of this call"));
        }
        self.check_nonce(claims.nonce.as_deref())?;
        if claims.iat.0.abs_diff(self.clock.now_s()) > DPOP_AGE_S {
            return Err(Refused::InvalidProof("the DPoP proof's iat is too far from now"));
        }
        let ath = hosting::base64url(&hosting::sha256(token.as_bytes()));
        if claims.ath.as_deref() != Some(ath.as_str()) {
            return Err(Refused::InvalidProof("the DPoP proof's ath is not the digest of the access token"));
        }
        let used = hosting::sha256([thumbprint.as_bytes(), b" ", claims.jti.as_bytes()].concat().as_slice());
        Ok(Proven { thumbprint, used })
    }

    /// Remembers a proof, so that it works once.
    ///
    /// # Errors
    ///
    /// [`Refused`] when it was used before, or when there is no room to remember it.
    pub(super) fn use_up(&self, proven: &Proven) -> Result<(), Refused> {
        if !self.replay.is_on() {
            return Ok(());
        }
        match self.seen.put_new(proven.used, (), self.clock.now()) {
            Put::New => Ok(()),
            Put::Known => Err(Refused::InvalidProof("the DPoP proof was used before")),
            Put::Full => Err(Refused::Unavailable("too many DPoP proofs are remembered".to_owned())),
        }
    }

    /// Returns the nonce of the next proof, where proofs need one.
    pub(super) fn next_nonce(&self) -> Option<String> {
        self.nonces.as_ref().map(|nonces| nonces.at(self.clock.now_s()))
    }

    /// Source: RFC 9449 §4.3, check 9: without query and fragment, after normalisation (RFC 3986 §6.2.2 and §6.2.3).
    fn is_address(&self, htu: &str, path: &str) -> bool {
        let Ok(mut url) = Url::parse(htu) else { return false };
        url.set_query(None);
        url.set_fragment(None);
        url.as_str().strip_prefix(self.origin.as_str()) == Some(path)
    }

    fn check_nonce(&self, nonce: Option<&str>) -> Result<(), Refused> {
        let Some(nonces) = &self.nonces else { return Ok(()) };
        let is_ours = nonce.is_some_and(|nonce| nonces.takes(nonce, self.clock.now_s()));
        if is_ours { Ok(()) } else { Err(Refused::UseNonce) }
    }
}

/// Checks what a proof is, and that the key in it has signed it; returns the key's thumbprint.
fn check_key(jws: &Jws<'_>) -> Result<String, Refused> {
    if jws.header.typ.as_deref() != Some("dpop+jwt") {
        return Err(Refused::InvalidProof("the DPoP proof's typ is not dpop+jwt"));
    }
    if jws.header.is_critical {
        return Err(Refused::InvalidProof("the DPoP proof demands an extension that is not understood here"));
    }
    let algorithm = jws.algorithm();
    let algorithm =
        algorithm.ok_or(Refused::InvalidProof("the DPoP proof's algorithm is not one that is taken here"))?;
    let jwk = jws.header.jwk.as_ref().ok_or(Refused::InvalidProof("the DPoP proof's header has no jwk"))?;
    let no_key = || Refused::InvalidProof("the DPoP proof's jwk is not a public key for its algorithm");
    let key = PublicKey::read(jwk).filter(|key| key.fits(algorithm)).ok_or_else(no_key)?;
    if !jws.is_signed_by(&key, algorithm) {
        return Err(Refused::InvalidProof("the DPoP proof's signature is wrong"));
    }
    thumbprint(jwk).ok_or_else(no_key)
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::Value;

    use super::*;
    use crate::tests::signer::{Signer, proof_claims};

    const TOKEN: &str = "token";

    static GET: Method = Method::GET;

    fn proofs(clock: &Clock) -> Proofs {
        let settings = Settings { dpop_nonce: Switch::Off, ..Settings::default() };
        Proofs::new("https://api.test", &settings, clock.clone())
    }

    fn call() -> Call<'static> {
        Call { method: &GET, path: "/accounts", certificate: None }
    }

    #[test]
    fn proves_the_key_that_has_signed() {
        let (clock, signer) = (Clock::standing(), Signer::new("client", "ES256"));
        let proof = signer.proof("GET", "https://api.test/accounts", TOKEN, None, clock.now_s());
        let proven = proofs(&clock).check(&proof, TOKEN, &call());
        assert_eq!(proven.ok().map(|proven| proven.thumbprint), Some(signer.thumbprint()));
    }

    #[test]
    fn a_raw_path_that_is_tidied_up_elsewhere_is_no_address() {
        let proofs = proofs(&Clock::standing());
        for (htu, path) in [
            ("https://api.test/admin", "/orders/%2e%2e/admin"),
            ("https://api.test/admin", "/orders/../admin"),
            ("https://api.test/admin", "//admin"),
            ("https://api.test", ""),
        ] {
            assert!(!proofs.is_address(htu, path), "{htu} {path}");
        }
        assert!(proofs.is_address("https://api.test", "/"));
    }

    #[test]
    fn when_too_many_proofs_are_remembered_another_one_is_refused() {
        let proofs = proofs(&Clock::standing());
        let proven = |n: usize| Proven { thumbprint: String::new(), used: hosting::sha256(&n.to_be_bytes()) };
        for n in 0..REMEMBERED {
            assert_eq!(proofs.use_up(&proven(n)), Ok(()));
        }
        assert!(matches!(proofs.use_up(&proven(REMEMBERED)), Err(Refused::Unavailable(_))));
        assert!(matches!(proofs.use_up(&proven(0)), Err(Refused::InvalidProof(_))));
    }

    fn json() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::{Just, Strategy as _, any, prop_oneof};
        let plain = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        plain.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("[a-z]{1,3}", inner, 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_refused(text in ".{0,200}") {
            proptest::prop_assert!(proofs(&Clock::standing()).check(&text, TOKEN, &call()).is_err());
        }

        #[test]
        fn any_other_value_in_a_proof_is_refused(
            name in "typ|alg|jwk|jti|htm|htu|iat|ath",
            value in json(),
        ) {
            let (clock, signer) = (Clock::standing(), Signer::new("client", "ES256"));
            let mut header = signer.proof_header();
            let mut claims = proof_claims("GET", "https://api.test/accounts", TOKEN, None, clock.now_s());
            let place = if header.get(&name).is_some() { &mut header } else { &mut claims };
            // Any short text is a jti.
            proptest::prop_assume!(name != "jti" || !value.is_string());
            place[&name] = value;
            let proof = signer.sign(&header, &claims);
            proptest::prop_assert!(proofs(&clock).check(&proof, TOKEN, &call()).is_err(), "{}", proof);
        }
    }
}
