//! The handshake that asks for a certificate: the client may have none, or any one whose key it proves to hold.
//!
//! Whether that is enough is for the application to say: it answers with an OAuth error, where a failed handshake would
//! answer with nothing.

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use axum_server::tls::TlsService;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use futures_util::future::BoxFuture;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tower::Layer as _;
use tower::util::Either;

use super::{Chain, ClientCertificate};
use crate::certificates::Authority;
use crate::clock::Clock;

/// Accepts connections, and hands what was presented at the handshake to every request on them.
///
/// The chain is checked once per connection, as a server in the field would.
#[derive(Clone)]
pub(crate) struct Asking {
    tls: RustlsAcceptor,
    authority: Arc<dyn ClientCertVerifier>,
}

impl Asking {
    pub(crate) fn new(config: rustls::ServerConfig, authority: &Authority) -> Self {
        let tls = RustlsAcceptor::new(RustlsConfig::from_config(Arc::new(config)));
        Self { tls, authority: authority.client_verifier() }
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Asking {
    type Stream = TlsStream<TcpStream>;
    type Service = Either<AddExtension<TlsService<S>, ClientCertificate>, TlsService<S>>;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let handshake = self.tls.accept(stream, service);
        let authority = self.authority.clone();
        Box::pin(async move {
            let (stream, service) = handshake.await?;
            let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
            let service = match chain.first() {
                Some(end_entity) => Either::Left(Extension(presented(end_entity, &*authority)).layer(service)),
                None => Either::Right(service),
            };
            Ok((stream, service))
        })
    }
}

fn presented(end_entity: &CertificateDer<'_>, authority: &dyn ClientCertVerifier) -> ClientCertificate {
    let now = UnixTime::since_unix_epoch(Clock::system().now());
    // The authority signs its leaves directly, so that nothing which the client sends along can help.
    let verified = authority.verify_client_cert(end_entity, &[], now);
    let chain = if verified.is_ok() { Chain::Trusted } else { Chain::Unknown };
    ClientCertificate::new(end_entity.to_vec(), chain)
}

/// Takes any certificate whose key the client proves to hold, and none.
///
/// Source: RFC 8705 §2 (both methods rest on proof of possession in the handshake).
#[derive(Debug)]
pub(crate) struct ProofOfPossession {
    algorithms: WebPkiSupportedAlgorithms,
}

impl ProofOfPossession {
    pub(crate) fn new() -> Self {
        Self { algorithms: aws_lc_rs::default_provider().signature_verification_algorithms }
    }
}

impl ClientCertVerifier for ProofOfPossession {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// No hints: a client shall present what it has.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        ParsedCertificate::try_from(end_entity).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
