//! What an application learns of the certificate that a client has presented, and how a listener comes to know it.
//!
//! It travels as a request extension, and only a listener that asks for certificates inserts it, from the handshake:
//! nothing that stands in a request can forge it.

mod handshake;

use std::sync::Arc;

pub(crate) use handshake::{Asking, ProofOfPossession};

/// Who has signed a client's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// This run's authority, as the PKI method of client authentication wants it (RFC 8705 §2.1).
    Trusted,
    /// Anybody, the client itself included, which is enough where the certificate itself is known (RFC 8705 §2.2, §3).
    Unknown,
}

/// The certificate whose key the client of a connection has proven to hold.
///
/// Source: RFC 8705 §2 and §3.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    der: Arc<[u8]>,
    chain: Chain,
}

impl ClientCertificate {
    /// Makes one without a handshake, for a router's own tests.
    pub fn new(der: impl Into<Arc<[u8]>>, chain: Chain) -> Self {
        Self { der: der.into(), chain }
    }

    /// Returns the certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the thumbprint, as `x5t#S256` carries it.
    ///
    /// Source: RFC 8705 §3.1.
    pub fn thumbprint(&self) -> String {
        thumbprint(&self.der)
    }

    /// Tells whether this run's authority has signed it.
    pub fn is_trusted(&self) -> bool {
        self.chain == Chain::Trusted
    }
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientCertificate({}, {:?})", self.thumbprint(), self.chain)
    }
}

/// Returns base64url of the SHA-256 of a certificate in DER.
pub(crate) fn thumbprint(der: &[u8]) -> String {
    crate::base64url(&crate::sha256(der))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_its_thumbprint_and_not_its_bytes() {
        let certificate = ClientCertificate::new(b"abc".as_slice(), Chain::Unknown);
        // FIPS 180-4, the example of one block.
        assert_eq!(certificate.thumbprint(), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        assert_eq!(
            format!("{certificate:?}"),
            "ClientCertificate(ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0, Unknown)"
        );
        assert_eq!((certificate.der(), certificate.is_trusted()), (b"abc".as_slice(), false));
    }
}
