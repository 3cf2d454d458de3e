//! One request whose target is sent byte by byte, because every well-behaved client would tidy it up first.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::names::Names;
use crate::origin::Origin;

/// The longest answer that is read.
const LONGEST: u64 = 256 * 1024;
/// How long the whole exchange may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// The status, or nothing where the server closed without an answer.
    pub status: Option<u16>,
    /// Everything that was received.
    pub text: String,
}

/// Reaches the run's names with raw HTTP/1.1.
#[derive(Clone)]
pub(crate) struct Raw {
    names: Names,
    tls: TlsConnector,
}

impl Raw {
    pub(crate) fn new(names: &Names, mut config: rustls::ClientConfig) -> Self {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { names: names.clone(), tls: TlsConnector::from(Arc::new(config)) }
    }

    /// Sends `GET target` with further header lines, each ended by CR LF.
    pub(crate) async fn get(&self, origin: &Origin, target: &str, headers: &str) -> std::io::Result<RawAnswer> {
        let request =
            format!("GET {target} HTTP/1.1\r\nhost: {}\r\n{headers}connection: close\r\n\r\n", origin.authority());
        let exchange = async {
            let unknown = || std::io::Error::other(format!("no such host in this run: {}", origin.host()));
            let address = self.names.get(origin.host()).ok_or_else(unknown)?;
            let stream = TcpStream::connect(address).await?;
            if origin.is_secure() {
                let name = ServerName::try_from(origin.host().to_owned()).map_err(std::io::Error::other)?;
                exchange(self.tls.connect(name, stream).await?, &request).await
            } else {
                exchange(stream, &request).await
            }
        };
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))?
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> std::io::Result<RawAnswer> {
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut bytes = Vec::new();
    let read = stream.take(LONGEST).read_to_end(&mut bytes).await;
    if bytes.is_empty() {
        // Closing without a word is an answer too; it must not look like a broken harness.
        return match read {
            Ok(_) => Ok(RawAnswer { status: None, text: String::new() }),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                Ok(RawAnswer { status: None, text: String::new() })
            }
            Err(error) => Err(error),
        };
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(RawAnswer { status, text })
}
