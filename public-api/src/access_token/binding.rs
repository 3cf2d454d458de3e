//! Compares what a token is bound to with what the caller has proven to hold.
//!
//! A bound token that is taken alone loses what it is bound for, so it is refused whatever else is switched off.

use hosting::ClientCertificate;

use super::Refused;
use super::claims::Confirmation;
use super::dpop::Proven;
use crate::settings::Switch;

/// Checks the binding.
///
/// Source: RFC 9449 §7.1 and §7.2, RFC 8705 §3, RFC 7800 §3.1.
///
/// # Errors
///
/// [`Refused::InvalidToken`] when the token is bound to what the caller has not proven, or proven for nothing.
pub(super) fn check(
    bound: Option<&Confirmation>,
    proven: Option<&Proven>,
    certificate: Option<&ClientCertificate>,
    mtls: Switch,
) -> Result<(), Refused> {
    if bound.is_some_and(|bound| bound.jkt.is_none() && bound.x5t_s256.is_none()) {
        return Err(Refused::InvalidToken("the access token is bound in a way that is not understood here"));
    }
    let thumbprint = bound.and_then(|bound| bound.jkt.as_deref());
    match (thumbprint, proven) {
        (Some(bound), Some(proven)) if bound == proven.thumbprint => {}
        (Some(_), Some(_)) => {
            return Err(Refused::InvalidToken("the access token is bound to another key than the proof's"));
        }
        (Some(_), None) => {
            return Err(Refused::InvalidToken("the access token is bound to a key, and no proof was sent"));
        }
        (None, Some(_)) => {
            return Err(Refused::InvalidToken("the access token is not bound to the key of the proof"));
        }
        (None, None) => {}
    }
    check_certificate(bound, certificate, mtls)
}

/// Checks the binding to a certificate, which every connection proves by itself.
///
/// # Errors
///
/// [`Refused::InvalidToken`] when the token is bound to another certificate than the connection's.
pub(super) fn check_certificate(
    bound: Option<&Confirmation>,
    certificate: Option<&ClientCertificate>,
    mtls: Switch,
) -> Result<(), Refused> {
    let Some(bound) = bound.and_then(|bound| bound.x5t_s256.as_deref()) else { return Ok(()) };
    if mtls.is_on() && certificate.is_none_or(|certificate| certificate.thumbprint() != bound) {
        return Err(Refused::InvalidToken("the access token is bound to a certificate that was not presented"));
    }
    Ok(())
}
