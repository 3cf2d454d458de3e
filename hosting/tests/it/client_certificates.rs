//! What an application sees of the certificate that a client presents, over real handshakes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use axum::{Extension, Router};
use hosting::{
    Authority, Chain, ClientCertificate, Credentials, Identity, Journal, Listener, Names, Origin, Outbound, Running,
    Timeouts, Wire,
};
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

struct Play {
    outbound: Outbound,
    running: Running,
}

fn ephemeral() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

async fn seen(certificate: Option<Extension<ClientCertificate>>) -> String {
    let Some(Extension(certificate)) = certificate else { return "none".to_owned() };
    let chain = if certificate.is_trusted() { "trusted" } else { "unknown" };
    format!("{chain} {}", certificate.thumbprint())
}

fn serve(listener: Listener, authority: &Authority) -> Play {
    let journal = Journal::on(Credentials::default());
    let names = Names::default();
    names.insert("a.test", listener.address());
    let wire = Wire { authority: "a.test".to_owned(), party: "a", router: Router::new().route("/", get(seen)) };
    let running = listener.serve(vec![wire], &journal);
    Play { outbound: Outbound::new(&names, Some(authority), journal, Timeouts::default()), running }
}

fn asking(authority: &Authority) -> Play {
    serve(Listener::bind_asking_for_certificates(ephemeral(), authority).expect("a free port"), authority)
}

/// Returns what the application saw, over HTTP/2 and over raw HTTP/1.1, which must agree.
async fn seen_from(outbound: &Outbound) -> String {
    // RFC 9440: the field in which a proxy would pass a certificate on. Nobody here believes it.
    let request = outbound.client().get("https://a.test/").header("client-cert", ":AAAA:").build().expect("a request");
    let seen = outbound.send(request).await.expect("an answer").text().await.expect("a body");
    let origin = Origin::parse("https://a.test").expect("an origin");
    let raw = outbound.raw(&origin, "/", "client-cert: :AAAA:\r\n").await.expect("an answer");
    assert!(raw.text.ends_with(&seen), "{seen}: {raw:?}");
    seen
}

/// Returns the answer to a client of this version that presents this certificate with this key, or nothing.
async fn answer(
    play: &Play,
    authority: &Authority,
    version: &'static SupportedProtocolVersion,
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone()).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key in PKCS #8");
    let key = aws_lc_rs::sign::any_supported_type(&key).expect("an ECDSA key");
    let presented = CertifiedKey::new(vec![certificate.clone()], key);
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .expect("a version that the provider supports")
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(presented)));
    let exchange = async {
        let stream = TcpStream::connect(play.running.address()).await?;
        let name = ServerName::try_from("a.test").expect("a name");
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n").await?;
        let mut bytes = Vec::new();
        // What has arrived counts, however the connection then ends.
        let _ = stream.read_to_end(&mut bytes).await;
        Ok::<String, std::io::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    tokio::time::timeout(Duration::from_secs(10), exchange).await.expect("the exchange ends").unwrap_or_default()
}

#[tokio::test]
async fn a_client_without_a_certificate_is_served_and_none_is_seen() {
    let authority = Authority::new();
    let play = asking(&authority);
    assert_eq!(seen_from(&play.outbound).await, "none");
    play.running.stop().await;
}

#[tokio::test]
async fn a_certificate_of_the_authority_is_trusted() {
    let authority = Authority::new();
    let play = asking(&authority);
    let identity = authority.client_certificate("client-1");
    let client = play.outbound.with_identity(&identity);
    assert_eq!(seen_from(&client).await, format!("trusted {}", identity.thumbprint()));
    assert_eq!(seen_from(&play.outbound).await, "none", "the client that it was made from stays without");
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_unknown() {
    let authority = Authority::new();
    let play = asking(&authority);
    let stranger = Authority::new().client_certificate("client-1");
    for identity in [Identity::self_signed("client-1"), Identity::self_signed("versus throw-away authority"), stranger]
    {
        let client = play.outbound.with_identity(&identity);
        assert_eq!(seen_from(&client).await, format!("unknown {}", identity.thumbprint()));
    }
}

#[tokio::test]
async fn a_normal_listener_does_not_ask() {
    let authority = Authority::new();
    let play = serve(Listener::bind(ephemeral(), Some(&authority)).expect("a free port"), &authority);
    let client = play.outbound.with_identity(&authority.client_certificate("client-1"));
    assert_eq!(seen_from(&client).await, "none");
}

#[tokio::test]
async fn a_certificate_counts_only_with_its_key() {
    let authority = Authority::new();
    let play = asking(&authority);
    let key = KeyPair::generate().expect("a key");
    let own = CertificateParams::default().self_signed(&key).expect("a certificate").der().clone();
    let stolen = CertificateDer::from(authority.client_certificate("client-1").certificate_der().to_vec());
    let expected = format!("unknown {}", ClientCertificate::new(own.to_vec(), Chain::Unknown).thumbprint());
    for version in [&TLS12, &TLS13] {
        let honest = answer(&play, &authority, version, &own, &key).await;
        assert!(honest.ends_with(&expected), "{version:?}: {honest}");
        assert_eq!(answer(&play, &authority, version, &stolen, &key).await, "", "{version:?}");
    }
}

#[tokio::test]
async fn an_asking_listener_stays_on_loopback_too() {
    let off = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = Listener::bind_asking_for_certificates(off, &Authority::new()).expect_err("not loopback");
    assert!(refused.to_string().contains("loopback"), "{refused}");
}
