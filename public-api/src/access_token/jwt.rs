//! Reads an access token that says itself what it is worth (RFC 9068), once its signature says whose word that is.

use std::sync::Arc;

use jsonwebtoken::Algorithm;

use super::Refused;
use super::claims::Claims;
use super::jwks::Keys;
use super::jws::{self, Header, Jws};
use super::public_key::PublicKey;
use crate::settings::{KeySource, Settings, Switch};

/// Verifies a JWT and returns its claims, which are checked afterwards like those of any other token.
///
/// Source: RFC 9068 §4, RFC 8725 §3.
///
/// # Errors
///
/// [`Refused`] names the first check that failed.
pub(super) async fn read(token: &str, keys: &Arc<Keys>, settings: &Settings) -> Result<Claims, Refused> {
    let jws = jws::read(token).ok_or(Refused::InvalidToken("the access token is no JWT"))?;
    check_header(&jws.header, settings)?;
    check_signature(&jws, keys, settings).await?;
    let claims: Option<Claims> = jws.claims();
    let mut claims = claims.ok_or(Refused::InvalidToken("the access token's claims are not those of one"))?;
    claims.active = true;
    Ok(claims)
}

fn check_header(header: &Header, settings: &Settings) -> Result<(), Refused> {
    let typ = header.typ.as_deref().unwrap_or_default();
    // RFC 9068 §4; RFC 7515 §4.1.9 compares media types, in which the case does not matter.
    let is_access_token = ["at+jwt", "application/at+jwt"].iter().any(|taken| typ.eq_ignore_ascii_case(taken));
    if settings.typ.is_on() && !is_access_token {
        return Err(Refused::InvalidToken("the JWT is no access token"));
    }
    if settings.crit.is_on() && header.is_critical {
        return Err(Refused::InvalidToken("the access token demands an extension that is not understood here"));
    }
    Ok(())
}

async fn check_signature(jws: &Jws<'_>, keys: &Arc<Keys>, settings: &Settings) -> Result<(), Refused> {
    let wrong = Refused::InvalidToken("the access token's signature is wrong");
    let Some(algorithm) = jws.algorithm() else { return check_unsigned(&jws.header, settings.alg) };
    let brought = jws.header.jwk.as_ref().filter(|_| settings.key_source == KeySource::Header);
    if let Some(jwk) = brought {
        let is_signed = PublicKey::read(jwk).is_some_and(|key| jws.is_signed_by(&key, algorithm));
        return if is_signed { Ok(()) } else { Err(wrong) };
    }
    if is_signed_by_issuer(jws, keys, algorithm).await? { Ok(()) } else { Err(wrong) }
}

async fn is_signed_by_issuer(jws: &Jws<'_>, keys: &Arc<Keys>, algorithm: Algorithm) -> Result<bool, Refused> {
    let kid = jws.header.kid.as_deref();
    let set = keys.set_for(kid, algorithm).await?;
    Ok(set.candidates(kid, algorithm).any(|key| jws.is_signed_by(key, algorithm)))
}

/// Refuses every algorithm that is not on the list; without the list, `none` is where that ends (RFC 8725 §2.1).
fn check_unsigned(header: &Header, alg: Switch) -> Result<(), Refused> {
    if !alg.is_on() && header.alg.eq_ignore_ascii_case("none") {
        return Ok(());
    }
    Err(Refused::InvalidToken("the access token's algorithm is not one that is taken here"))
}
