//! How connections are made for what is passed on: found and trusted as by every other client, HTTP/2 where the peer chooses it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tower::Service;

use super::resolver::{BoxError, Resolver};

/// Makes connections, plain or over TLS as the scheme says.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector<Resolver>,
    tls: TlsConnector,
    patience: Duration,
}

impl Connector {
    pub(super) fn new(resolver: &Resolver, tls: rustls::ClientConfig, patience: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(resolver.clone());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(patience));
        Self { tcp, tls: TlsConnector::from(Arc::new(tls)), patience }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<TokioIo<Stream>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
        // RFC 3986 §3.2.2: an IPv6 address stands in brackets.
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let tcp = self.tcp.call(uri);
        let (tls, patience) = (self.tls.clone(), self.patience);
        Box::pin(async move {
            let tcp = tcp.await?.into_inner();
            if !is_secure {
                return Ok(TokioIo::new(Stream { io: Box::pin(tcp), is_http_2: false }));
            }
            let name = ServerName::try_from(host)?;
            let tls = tokio::time::timeout(patience, tls.connect(name, tcp)).await??;
            let is_http_2 = tls.get_ref().1.alpn_protocol() == Some(b"h2".as_slice());
            Ok(TokioIo::new(Stream { io: Box::pin(tls), is_http_2 }))
        })
    }
}

trait Io: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Io for T {}

/// A connection, and what was agreed on at its handshake.
pub(super) struct Stream {
    io: Pin<Box<dyn Io>>,
    is_http_2: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        if self.is_http_2 { Connected::new().negotiated_h2() } else { Connected::new() }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_shutdown(cx)
    }
}
