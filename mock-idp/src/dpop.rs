//! Proofs of possession at the provider's own endpoints (RFC 9449).

use hosting::Kind;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use crate::issuer::Issuer;
use crate::jose::{self, Rejected, Unverified};
use crate::keys::SigningAlgorithm;
use crate::misbehaviour::{DpopLie, Lie};
use crate::oauth_error::{Code, OAuthError};

/// The header that carries a proof.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("dpop");

/// The header that carries the nonce of the next proof (RFC 9449 §8).
pub(crate) const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Where a proof was sent, and with which access token.
pub(crate) struct Occasion<'a> {
    pub(crate) method: &'a Method,
    /// The path of the endpoint at this provider.
    pub(crate) path: &'a str,
    pub(crate) access_token: Option<&'a str>,
    pub(crate) client_id: Option<&'a str>,
}

/// Returns the thumbprint of the key that a request has proven to hold, where it carries a proof.
///
/// # Errors
///
/// `invalid_dpop_proof` for a proof that is wrong, `use_dpop_nonce` for one without a nonce that is taken now.
pub(crate) fn check(
    issuer: &Issuer,
    headers: &HeaderMap,
    occasion: &Occasion<'_>,
) -> Result<Option<String>, OAuthError> {
    let mut proofs = headers.get_all(HEADER).iter();
    let Some(proof) = proofs.next() else { return Ok(None) };
    // RFC 9449 §4.3, check 1.
    if proofs.next().is_some() {
        return Err(invalid("there is more than one DPoP header"));
    }
    let proof = proof.to_str().map_err(|_| invalid("it is not a text"))?;
    verify(issuer, proof, occasion).map(Some)
}

/// Tells whether a lie of this kind is to be told now.
pub(crate) fn lies(issuer: &Issuer, client_id: Option<&str>, is_kind: fn(DpopLie) -> bool) -> bool {
    lie(issuer, client_id, is_kind).is_some()
}

fn lie(issuer: &Issuer, client_id: Option<&str>, is_kind: fn(DpopLie) -> bool) -> Option<DpopLie> {
    issuer.lie(client_id, |lie| match lie {
        Lie::Dpop(lie) if is_kind(lie) => Some(lie),
        _ => None,
    })
}

/// Source: RFC 9449 §4.3, in its order.
fn verify(issuer: &Issuer, proof: &str, occasion: &Occasion<'_>) -> Result<String, OAuthError> {
    let jwt = jose::read(proof).map_err(|rejected| invalid(&rejected.to_string()))?;
    if jwt.header_text("typ") != Some("dpop+jwt") {
        return Err(invalid("its typ is not dpop+jwt"));
    }
    check_algorithm(issuer, &jwt).map_err(|rejected| invalid(&rejected.to_string()))?;
    let jwk = jwt.header.get("jwk").ok_or_else(|| invalid("its header has no jwk"))?;
    jwt.verify(jwk).map_err(|rejected| invalid(&rejected.to_string()))?;
    let jti = jwt.text("jti").filter(|jti| !jti.is_empty() && jti.len() <= 256);
    let jti = jti.ok_or_else(|| invalid("its jti is missing or longer than 256 bytes"))?;
    if jwt.text("htm") != Some(occasion.method.as_str()) {
        return Err(invalid("its htm is not the method of this request"));
    }
    if !jwt.text("htu").is_some_and(|htu| names(issuer, htu, occasion.path)) {
        return Err(invalid("its htu is not the address of this request"));
    }
    let issued_s = jwt.seconds("iat").ok_or_else(|| invalid("its iat is missing"))?;
    let (now_s, age_s) = (issuer.now_s(), issuer.settings.proof_age_s);
    if issued_s.abs_diff(now_s) > age_s {
        return Err(invalid(&format!("its iat is more than {age_s} s away from now")));
    }
    if let Some(token) = occasion.access_token {
        let ath = hosting::base64url(&hosting::sha256(token.as_bytes()));
        if jwt.text("ath") != Some(ath.as_str()) {
            return Err(invalid("its ath is not the digest of the access token"));
        }
    }
    check_nonce(issuer, jwt.text("nonce"), occasion.client_id)?;
    let thumbprint = jose::thumbprint(jwk).ok_or_else(|| invalid("its jwk has no thumbprint"))?;
    // Only now, so that a proof that was refused for its nonce is not used up, and only by whoever holds the key.
    let until_s = now_s.saturating_add(age_s.saturating_mul(2)).saturating_add(1);
    let is_new = issuer.seen.insert_new(&format!("dpop {thumbprint} {jti}"), until_s, ());
    if !is_new && issuer.settings.dpop_replay.is_on() && !lies(issuer, occasion.client_id, DpopLie::accepts_replays) {
        return Err(invalid("it was used before"));
    }
    let is_wrong = occasion.access_token.is_none() && lies(issuer, occasion.client_id, DpopLie::binds_to_wrong_key);
    Ok(if is_wrong { issuer.random_token() } else { thumbprint })
}

/// Refuses an algorithm that the profile forbids.
pub(crate) fn check_algorithm(issuer: &Issuer, jwt: &Unverified<'_>) -> Result<(), Rejected> {
    let algorithm = jwt.header_text("alg").unwrap_or_default();
    if SigningAlgorithm::names_under(issuer.settings.fapi).contains(&algorithm) {
        return Ok(());
    }
    Err(Rejected::Algorithm(algorithm.to_owned()))
}

/// Source: RFC 9449 §4.3, check 9: without query and fragment, compared after normalisation.
fn names(issuer: &Issuer, htu: &str, path: &str) -> bool {
    let Ok(mut url) = Url::parse(htu) else { return false };
    url.set_query(None);
    url.set_fragment(None);
    let mut origins = std::iter::once(&issuer.config.issuer).chain(&issuer.config.mtls);
    origins.any(|origin| url.as_str() == format!("{origin}{path}"))
}

fn check_nonce(issuer: &Issuer, nonce: Option<&str>, client_id: Option<&str>) -> Result<(), OAuthError> {
    let fits: fn(DpopLie) -> bool = match nonce {
        Some(_) => DpopLie::refuses_every_nonce,
        None => |lie| lie.forgets_nonce() || lie.refuses_every_nonce(),
    };
    let lie = lie(issuer, client_id, fits);
    let refuses = lie.is_some_and(DpopLie::refuses_every_nonce);
    let is_fine = match nonce {
        // A nonce that is given must be one of ours, demanded or not.
        Some(nonce) => is_current(issuer, nonce),
        None => !issuer.settings.dpop_nonce.is_on() || lie.is_some_and(DpopLie::forgets_nonce),
    };
    if is_fine && !refuses {
        return Ok(());
    }
    let next = (!lie.is_some_and(DpopLie::sends_no_nonce)).then(|| next_nonce(issuer, client_id));
    Err(OAuthError::new(Code::UseDpopNonce, "repeat the nonce of the DPoP-Nonce header in the proof").with_nonce(next))
}

/// Adds the nonce of the next proof to the answer to a request that carried one.
pub(crate) fn say_nonce(issuer: &Issuer, request: &HeaderMap, response: &mut HeaderMap, client_id: Option<&str>) {
    if issuer.settings.dpop_nonce.is_on()
        && request.contains_key(HEADER)
        && let Ok(value) = HeaderValue::from_str(&next_nonce(issuer, client_id))
    {
        response.insert(NONCE, value);
    }
}

fn next_nonce(issuer: &Issuer, client_id: Option<&str>) -> String {
    if !lies(issuer, client_id, DpopLie::changes_nonce) {
        return nonce_of(issuer, window(issuer));
    }
    let nonce = issuer.random_token();
    issuer.dpop_nonces.insert(&nonce, issuer.now_s().saturating_add(issuer.settings.dpop_nonce_life_s), ());
    nonce
}

fn is_current(issuer: &Issuer, nonce: &str) -> bool {
    let window = window(issuer);
    let is = |window| hosting::same_bytes(nonce.as_bytes(), nonce_of(issuer, window).as_bytes());
    is(window) || is(window.saturating_sub(1)) || issuer.dpop_nonces.get(nonce).is_some()
}

fn window(issuer: &Issuer) -> u64 {
    issuer.now_s() / issuer.settings.dpop_nonce_life_s.max(1)
}

/// A nonce is a digest of the time and a secret: nothing has to be remembered, and nobody can make one in advance.
fn nonce_of(issuer: &Issuer, window: u64) -> String {
    let value = hosting::base64url(&hosting::sha256(format!("{} {window}", issuer.nonce_secret.expose()).as_bytes()));
    issuer.handed.credentials.mint(Kind::State, &value);
    value
}

fn invalid(why: &str) -> OAuthError {
    OAuthError::new(Code::InvalidDpopProof, format!("the DPoP proof was refused: {why}"))
}
