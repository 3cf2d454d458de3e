//! Where a part is: on an address of this machine, by itself, with a way out to its peers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosting::{
    Authority, Clock, Credentials, Handed, Journal, Listener, Names, Origin, Outbound, Running, Timeouts, Trust, Wire,
};

use super::Failure;
use super::addresses::port_of;
use crate::cli::HostPart;
use crate::commands::stop;
use crate::progress::say;

/// Whether callers are asked for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certificates {
    Asked,
    NotAsked,
}

/// An address that is bound and not served yet.
pub(super) struct Place {
    listener: Listener,
    origin: Origin,
}

impl Place {
    /// Binds the address that an origin names, and writes the certificate that clients of an https origin must trust.
    pub(super) fn bind(origin: &Origin, certificates: Certificates, arguments: &HostPart) -> Result<Self, Failure> {
        let address = address(origin).map_err(Failure::usage)?;
        let authority = authority(origin, certificates, arguments.ca_out.as_deref()).map_err(Failure::usage)?;
        let listener = match &authority {
            Some(authority) if certificates == Certificates::Asked => {
                Listener::bind_asking_for_certificates(address, authority)
            }
            authority => Listener::bind(address, authority.as_ref()),
        };
        let listener = listener.context("serve (choose another port in \"origin\")").map_err(Failure::environment)?;
        if let (Some(path), Some(authority)) = (&arguments.ca_out, &authority) {
            write_certificate(path, authority)?;
        }
        Ok(Self { listener, origin: origin.clone() })
    }

    /// Serves a part there.
    pub(super) fn serve(self, party: &'static str, router: Router) -> Running {
        let authority = self.origin.authority().to_owned();
        self.listener.serve(vec![Wire { authority, party, router }], &Journal::off(Credentials::off()))
    }
}

/// Makes what a part is handed: the machine's time, and a way out to wherever its peers are.
pub(super) fn handed(arguments: &HostPart) -> Result<Handed, Failure> {
    let trust = arguments.trust.iter().try_fold(Trust::of_the_system(), |trust, path| trusting(trust, path));
    let journal = Journal::off(Credentials::off());
    let outbound =
        Outbound::to_the_world(&Names::default(), trust.map_err(Failure::usage)?, journal, Timeouts::default());
    Ok(Handed { clock: Clock::system(), credentials: Credentials::off(), outbound })
}

fn trusting(trust: Trust, path: &Path) -> Result<Trust> {
    let failed = || format!("cannot trust {} (--trust)", path.display());
    let pem = std::fs::read_to_string(path).with_context(failed)?;
    trust.and(&pem).with_context(failed)
}

/// Waits until the person has had enough.
pub(super) async fn interrupted() {
    say("press Ctrl-C to stop");
    stop::asked().await;
}

/// Writes the authority's certificate in PEM (RFC 7468 §5.1).
pub(super) fn write_certificate(path: &Path, authority: &Authority) -> Result<(), Failure> {
    let base64 = STANDARD.encode(authority.certificate());
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in base64.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    let shown = path.display();
    std::fs::write(path, pem).with_context(|| format!("cannot write {shown} (--ca-out)")).map_err(Failure::usage)
}

/// Returns the address of this machine that an origin names.
fn address(origin: &Origin) -> Result<SocketAddr> {
    let host = origin.host();
    if host == "localhost" || host.ends_with(".localhost") {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port_of(origin))));
    }
    match host.parse::<IpAddr>() {
        // Without a name there is no server name in the handshake, and so no certificate (RFC 6066 §3).
        Ok(_) if origin.is_secure() => {
            bail!("the origin {origin} has an address for its host, and TLS goes by names: write localhost")
        }
        Ok(address) if address.is_loopback() => Ok(SocketAddr::new(address, port_of(origin))),
        _ => bail!(
            "the origin {origin} is not of this machine, and nothing here listens off loopback: write 127.0.0.1, \
             localhost or a name that ends in .localhost"
        ),
    }
}

/// Makes the authority that signs the certificate of an https origin.
fn authority(origin: &Origin, certificates: Certificates, ca_out: Option<&Path>) -> Result<Option<Authority>> {
    match (origin.is_secure(), ca_out) {
        (true, Some(_)) => Ok(Some(Authority::new())),
        (true, None) => Err(anyhow!("the origin {origin} is https: add --ca-out FILE, for the certificate to trust")),
        (false, Some(_)) => Err(anyhow!("the origin {origin} is http, with nothing to trust: leave --ca-out out")),
        (false, None) if certificates == Certificates::Asked => Err(anyhow!(
            "client_certificates needs TLS, and the origin {origin} is http: make it https, or leave it out"
        )),
        (false, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    #[test]
    fn an_origin_names_an_address_of_this_machine() {
        for (text, expected) in [
            ("http://127.0.0.1:3000", "127.0.0.1:3000"),
            ("http://127.0.0.2", "127.0.0.2:80"),
            ("https://localhost:3001", "127.0.0.1:3001"),
            ("https://bff.localhost", "127.0.0.1:443"),
        ] {
            assert_eq!(address(&origin(text)).expect("an address").to_string(), expected, "{text}");
        }
        for (text, says) in [
            ("http://example.org:3000", "not of this machine"),
            ("http://10.0.0.1:3000", "off loopback"),
            ("https://127.0.0.1:3000", "write localhost"),
        ] {
            let refused = address(&origin(text)).expect_err("it must be refused").to_string();
            assert!(refused.contains(says), "{refused}");
        }
    }

    #[test]
    fn an_https_origin_has_a_certificate_to_trust_and_an_http_origin_has_none() {
        let made = |text: &str, certificates, ca_out: Option<&str>| {
            let authority = authority(&origin(text), certificates, ca_out.map(Path::new));
            authority.map(|authority| authority.is_some()).map_err(|error| error.to_string())
        };
        assert_eq!(made("https://localhost", Certificates::Asked, Some("ca.pem")), Ok(true));
        assert_eq!(made("http://localhost", Certificates::NotAsked, None), Ok(false));
        let no_file = made("https://localhost", Certificates::NotAsked, None).expect_err("no file");
        assert!(no_file.contains("add --ca-out FILE"), "{no_file}");
        let no_tls = made("http://localhost", Certificates::NotAsked, Some("ca.pem")).expect_err("no TLS");
        assert!(no_tls.contains("leave --ca-out out"), "{no_tls}");
        let no_handshake = made("http://localhost", Certificates::Asked, None).expect_err("no TLS");
        assert!(no_handshake.contains("client_certificates needs TLS"), "{no_handshake}");
    }
}
