//! Whom a client believes: the authorities whose certificates it takes.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::certificates::Authority;
use crate::identity::Identity;

/// Why certificates cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotTrusted(&'static str);

/// The authorities whose certificates a client takes; clones share them.
#[derive(Clone)]
pub struct Trust {
    roots: Arc<RootCertStore>,
}

impl Trust {
    /// Trusts the authorities that this machine trusts.
    ///
    /// They are read where OpenSSL finds them, or where the environment variables `SSL_CERT_FILE` and `SSL_CERT_DIR` say. What
    /// cannot be read is not trusted: a machine without any authority reaches nobody over TLS, and everybody over plain http.
    pub fn of_the_system() -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self { roots: Arc::new(roots) }
    }

    /// Trusts the certificates of a text in PEM too.
    ///
    /// Source: RFC 7468 §5.
    ///
    /// # Errors
    ///
    /// [`NotTrusted`] when there is no certificate in it, or one that cannot be read.
    pub fn and(self, pem: &str) -> Result<Self, NotTrusted> {
        let unreadable = || NotTrusted("there is a certificate in it that cannot be read");
        let mut roots = Arc::unwrap_or_clone(self.roots);
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(certificate.map_err(|_| unreadable())?).map_err(|_| unreadable())?;
        }
        if roots.len() == before {
            return Err(NotTrusted("there is no certificate in PEM in it"));
        }
        Ok(Self { roots: Arc::new(roots) })
    }

    /// Trusts the run's authority, where it has one, and nobody else.
    pub(super) fn of_the_run(authority: Option<&Authority>) -> Self {
        let mut roots = RootCertStore::empty();
        if let Some(authority) = authority {
            roots.add(authority.certificate().clone()).expect("the authority's own certificate is well formed");
        }
        Self { roots: Arc::new(roots) }
    }

    /// Makes a TLS configuration that presents this identity where it is asked for one.
    pub(super) fn client(&self, identity: Option<&Identity>) -> rustls::ClientConfig {
        let builder = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider supports TLS 1.2 and 1.3")
            .with_root_certificates(self.roots.clone());
        let mut config = match identity.map(Identity::chain_and_key) {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                builder.with_client_auth_cert(chain, key).expect("an identity's key is the one in its certificate")
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trust({} authorities)", self.roots.len())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn certificates_are_read_and_nothing_else_is() {
        let pem =
            |der: &[u8]| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der));
        let two = pem(Authority::new().certificate()) + &pem(Authority::new().certificate());
        assert_eq!(Trust::of_the_run(None).and(&two).unwrap().roots.len(), 2);
        let refused = |text: &str| Trust::of_the_run(None).and(text).unwrap_err().to_string();
        assert!(refused("").contains("no certificate"));
        assert!(refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").contains("no certificate"));
        assert!(refused(&pem(b"no certificate")).contains("cannot be read"));
    }
}
