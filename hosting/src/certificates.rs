//! One throw-away certification authority per run, and one leaf per host name.
//!
//! One leaf for several names would let Chromium put all of them, the attacker's too, on one HTTP/2 connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;

use crate::identity::Identity;

/// A certification authority that lives as long as the run; clones share it.
#[derive(Clone)]
pub struct Authority {
    inner: Arc<Inner>,
}

struct Inner {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    public_key_sha256: String,
    leaves: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// Makes an authority with a fresh key.
    ///
    /// # Panics
    ///
    /// Never in practice: the parameters are constant, and the system's generator of randomness answers.
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("an ECDSA key can be made");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "versus throw-away authority");
        let public_key = rcgen::PublicKeyData::subject_public_key_info(&key);
        let public_key_sha256 = base64::engine::general_purpose::STANDARD.encode(crate::sha256(&public_key));
        let certificate = params.self_signed(&key).expect("constant parameters can be signed").der().clone();
        let issuer = Issuer::new(params, key);
        Self { inner: Arc::new(Inner { issuer, certificate, public_key_sha256, leaves: Mutex::default() }) }
    }

    /// Returns the authority's certificate in DER, for a client that shall trust it.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.inner.certificate
    }

    /// Returns base64 of the SHA-256 of the public key, as Chromium's `--ignore-certificate-errors-spki-list` takes it.
    pub fn public_key_sha256(&self) -> &str {
        &self.inner.public_key_sha256
    }

    /// Makes a fresh key and a certificate that this authority has signed, for `tls_client_auth`.
    ///
    /// The subject is exactly `CN=<common_name>`, and so is the DNS name where it is ASCII.
    ///
    /// Source: RFC 8705 §2.1.
    pub fn client_certificate(&self, common_name: &str) -> Identity {
        Identity::signed_by(&self.inner.issuer, common_name)
    }

    fn leaf(&self, host: &str) -> Option<Arc<CertifiedKey>> {
        let mut leaves = self.inner.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = leaves.get(host) {
            return Some(leaf.clone());
        }
        let leaf = Arc::new(self.sign(host)?);
        leaves.insert(host.to_owned(), leaf.clone());
        Some(leaf)
    }

    fn sign(&self, host: &str) -> Option<CertifiedKey> {
        let key = KeyPair::generate().ok()?;
        let mut params = CertificateParams::new(vec![host.to_owned()]).ok()?;
        params.distinguished_name.push(DnType::CommonName, host);
        let certificate = params.signed_by(&key, &self.inner.issuer).ok()?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let private = aws_lc_rs::sign::any_supported_type(&private).ok()?;
        Some(CertifiedKey::new(vec![certificate.der().clone(), self.inner.certificate.clone()], private))
    }

    /// Makes a TLS configuration that presents one leaf per name and refuses every other name.
    pub(crate) fn server(&self, hosts: &[String], clients: Arc<dyn ClientCertVerifier>) -> rustls::ServerConfig {
        let resolver = Leaves { authority: self.clone(), hosts: hosts.to_vec() };
        let mut config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider supports TLS 1.2 and 1.3")
            .with_client_cert_verifier(clients)
            .with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }

    /// Makes a verifier that takes the client certificates of this authority and no other.
    pub(crate) fn client_verifier(&self) -> Arc<dyn ClientCertVerifier> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate().clone()).expect("the authority's own certificate is well formed");
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .expect("one root and no revocation list make a verifier")
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

#[derive(Debug)]
struct Leaves {
    authority: Authority,
    hosts: Vec<String>,
}

impl ResolvesServerCert for Leaves {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = hello.server_name()?;
        let known = self.hosts.iter().any(|known| known == host);
        known.then(|| self.authority.leaf(host)).flatten()
    }
}
