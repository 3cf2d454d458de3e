//! `tls_client_auth` and `self_signed_tls_client_auth` (RFC 8705 §2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosting::ClientCertificate;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use super::invalid_client;
use crate::clients::Client;
use crate::oauth_error::OAuthError;

/// Checks a certificate by the authority that signed it and the name in it.
///
/// Source: RFC 8705 §2.1.
pub(super) fn check_name(client: &Client, certificate: Option<&ClientCertificate>) -> Result<(), OAuthError> {
    let certificate = certificate.ok_or_else(none)?;
    if !certificate.is_trusted() {
        return Err(invalid_client("the client certificate is not signed by the trusted authority"));
    }
    let (_, parsed) = parse_x509_certificate(certificate.der())
        .map_err(|_| invalid_client("the client certificate cannot be read"))?;
    if let Some(expected) = &client.tls_client_auth_subject_dn {
        let subject = parsed.subject().to_string();
        return if subject == *expected { Ok(()) } else { Err(another("subject")) };
    }
    let expected = client.tls_client_auth_san_dns.as_deref();
    let names = parsed.subject_alternative_name().ok().flatten();
    let has = names.is_some_and(|names| {
        names.value.general_names.iter().any(|name| matches!(name, GeneralName::DNSName(dns) if Some(*dns) == expected))
    });
    if has { Ok(()) } else { Err(another("DNS name")) }
}

/// Checks a certificate by itself: it must be one that the client has registered.
///
/// Source: RFC 8705 §2.2.
pub(super) fn check_key(client: &Client, certificate: Option<&ClientCertificate>) -> Result<(), OAuthError> {
    let certificate = certificate.ok_or_else(none)?;
    let keys = client.jwks.as_ref().and_then(|jwks| jwks["keys"].as_array()).map(Vec::as_slice).unwrap_or_default();
    // RFC 7517 §4.7: standard base64, unlike everything else in a JWK; the first one certifies the key.
    let mut registered = keys.iter().filter_map(|key| STANDARD.decode(key["x5c"][0].as_str()?).ok());
    if registered.any(|der| der == certificate.der()) { Ok(()) } else { Err(another("certificate")) }
}

fn none() -> OAuthError {
    invalid_client("no client certificate: use the endpoints of mtls_endpoint_aliases")
}

fn another(what: &str) -> OAuthError {
    invalid_client(&format!("the {what} is not the one that the client has registered"))
}
