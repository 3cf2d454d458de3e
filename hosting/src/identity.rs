//! A client's own certificate and key, which it presents where a listener asks for one.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, SanType};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::client_certificates::thumbprint;

/// Why no identity could be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnIdentity(&'static str);

/// A client's certificate and the key that belongs to it; clones share it.
#[derive(Clone)]
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Arc<PrivateKeyDer<'static>>,
    /// The uncompressed point: one octet that says so, then both coordinates (SEC 1 §2.3.3).
    public_key: Arc<[u8]>,
}

impl Identity {
    /// Makes a fresh key and a certificate that it has signed itself, for `self_signed_tls_client_auth`.
    ///
    /// The subject is exactly `CN=<common_name>`, and so is the DNS name where it is ASCII.
    ///
    /// Source: RFC 8705 §2.2.
    pub fn self_signed(common_name: &str) -> Self {
        let key = fresh_key();
        let certificate = parameters(common_name).self_signed(&key).expect("a name of any text can be signed");
        Self::of(certificate.der().clone(), key)
    }

    /// Makes a fresh key and a certificate that this issuer has signed.
    pub(crate) fn signed_by(issuer: &Issuer<'_, KeyPair>, common_name: &str) -> Self {
        let key = fresh_key();
        let certificate = parameters(common_name).signed_by(&key, issuer).expect("a name of any text can be signed");
        Self::of(certificate.der().clone(), key)
    }

    /// Reads a certificate and the private key that belongs to it (PKCS#8, P-256), both in PEM.
    ///
    /// Source: RFC 7468 §5 and §10.
    ///
    /// # Errors
    ///
    /// [`NotAnIdentity`] names what cannot be read; it never quotes the key.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, NotAnIdentity> {
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes());
        let certificate = certificate.map_err(|_| NotAnIdentity("the certificate is not a certificate in PEM"))?;
        let unread = || NotAnIdentity("the key is not a P-256 private key as PKCS#8 in PEM");
        let pair = KeyPair::from_pem(key).map_err(|_| unread())?;
        if !pair.is_compatible(&rcgen::PKCS_ECDSA_P256_SHA256) {
            return Err(unread());
        }
        // Its SubjectPublicKeyInfo holds the point as it is (RFC 5480 §2.2); what a peer checks in earnest is the signature.
        let point = pair.public_key_raw();
        if !certificate.windows(point.len()).any(|window| window == point) {
            return Err(NotAnIdentity("the key is not the certificate's"));
        }
        Ok(Self::of(certificate.into_owned(), pair))
    }

    fn of(certificate: CertificateDer<'static>, key: KeyPair) -> Self {
        let public_key: Arc<[u8]> = key.public_key_raw().into();
        Self { certificate, key: Arc::new(PrivateKeyDer::from(key)), public_key }
    }

    /// Returns the certificate in DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// Returns the certificate's thumbprint, as `x5t#S256` carries it.
    ///
    /// Source: RFC 8705 §3.1.
    pub fn thumbprint(&self) -> String {
        thumbprint(&self.certificate)
    }

    /// Returns the public key with its certificate, as the client's JWK set registers it.
    ///
    /// Source: RFC 8705 §2.2; RFC 7517 §4.7 (`x5c` is standard base64); RFC 7518 §6.2.
    pub fn public_jwk(&self) -> serde_json::Value {
        let mut jwk = crate::client_key::public_jwk(&self.public_key);
        jwk["x5c"] = serde_json::json!([STANDARD.encode(self.certificate_der())]);
        jwk
    }

    /// Returns what a TLS client presents, and the key with which it proves that the certificate is its own.
    pub(crate) fn chain_and_key(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        (vec![self.certificate.clone()], self.key.clone_key())
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.thumbprint())
    }
}

fn fresh_key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("an ECDSA key can be made")
}

fn parameters(common_name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    parameters.subject_alt_names = Ia5String::try_from(common_name).ok().map(SanType::DnsName).into_iter().collect();
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    parameters
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::certificates::Authority;

    /// How often `CN=<common_name>`, and nothing else, is a whole name in the certificate.
    fn whole_names(identity: &Identity, common_name: &str) -> usize {
        let length = u8::try_from(common_name.len()).expect("a short name");
        // Name ::= SEQUENCE { SET { SEQUENCE { id-at-commonName, UTF8String } } } (RFC 5280 §4.1.2.4).
        let mut name = vec![0x30, length + 11, 0x31, length + 9, 0x30, length + 7, 0x06, 0x03, 0x55, 0x04, 0x03];
        name.extend([0x0c, length]);
        name.extend(common_name.as_bytes());
        identity.certificate_der().windows(name.len()).filter(|window| *window == name.as_slice()).count()
    }

    #[test]
    fn an_identity_is_read_from_its_two_files_and_no_others() {
        let key = fresh_key();
        let certificate = parameters("client-1").self_signed(&key).expect("it can be signed").pem();
        let read = Identity::from_pem(&certificate, &key.serialize_pem()).expect("both are right");
        assert_eq!(read.public_jwk()["x"], crate::client_key::public_jwk(key.public_key_raw())["x"]);
        let refused = |certificate: &str, key: &str| Identity::from_pem(certificate, key).unwrap_err().to_string();
        assert!(refused(&certificate, &fresh_key().serialize_pem()).contains("not the certificate's"));
        assert!(refused("-----BEGIN", &key.serialize_pem()).contains("certificate"));
        assert!(
            refused(&certificate, "secret text").contains("PKCS#8")
                && !refused(&certificate, "secret text").contains("secret")
        );
    }

    #[test]
    fn the_subject_is_the_common_name_alone() {
        assert_eq!(whole_names(&Authority::new().client_certificate("client-1"), "client-1"), 1, "subject");
        assert_eq!(whole_names(&Identity::self_signed("client-1"), "client-1"), 2, "issuer and subject");
        Identity::self_signed("Zoë");
    }

    #[test]
    fn the_jwk_carries_the_key_and_its_certificate() {
        let identity = Identity::self_signed("client-1");
        let jwk = identity.public_jwk();
        assert_eq!((jwk["kty"].as_str(), jwk["crv"].as_str()), (Some("EC"), Some("P-256")));
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        assert_eq!(point.len(), 65);
        assert!(identity.certificate_der().windows(65).any(|window| window == point.as_slice()));
        let certificate = STANDARD.decode(jwk["x5c"][0].as_str().unwrap()).unwrap();
        assert_eq!(certificate, identity.certificate_der());
    }

    #[test]
    fn prints_its_thumbprint_and_not_its_key() {
        let identity = Identity::self_signed("client-1");
        assert_eq!(format!("{identity:?}"), format!("Identity({})", identity.thumbprint()));
    }
}
