//! Where the provider is: its listeners and the issuer of its configuration must agree.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use hosting::Origin;

use super::Failure;
use crate::cli::HostIdp;

/// The port where neither the command line nor the issuer names one.
const USUAL_PORT: u16 = 4700;

/// Where the provider is.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) issuer: Origin,
    /// The origin that asks for client certificates (RFC 8705 §5).
    pub(super) mtls: Option<Origin>,
}

/// Returns the port to listen on.
///
/// # Errors
///
/// When the issuer's scheme or port is another one than the command line asks for: clients would never reach it.
pub(super) fn port(arguments: &HostIdp, issuer: Option<&Origin>) -> Result<u16> {
    let Some(issuer) = issuer else { return Ok(arguments.port.unwrap_or(USUAL_PORT)) };
    match (issuer.is_secure(), arguments.http) {
        (true, true) => {
            bail!("the issuer {issuer} is https and --http serves http: leave --http out, or change the issuer")
        }
        (false, false) => bail!("the issuer {issuer} is http: add --http, or change the issuer"),
        _ => {}
    }
    // Without a name there is no server name in the handshake, and so no certificate (RFC 6066 §3).
    if issuer.is_secure() && issuer.host().parse::<IpAddr>().is_ok() {
        bail!("the issuer {issuer} has an address for its host, and TLS goes by names: write localhost");
    }
    let named = port_of(issuer);
    match arguments.port {
        Some(asked) if asked != named => {
            bail!(
                "the issuer {issuer} is on port {named}, and --port is {asked}: leave --port out, or change the issuer"
            )
        }
        _ => Ok(named),
    }
}

impl Addresses {
    /// `issuer` is what the configuration says.
    pub(super) fn new(
        issuer: Option<&Origin>,
        public: SocketAddr,
        mtls: Option<SocketAddr>,
        is_secure: bool,
    ) -> Result<Self, Failure> {
        let usual = if is_secure { format!("https://localhost:{}", public.port()) } else { format!("http://{public}") };
        let issuer = issuer.map_or_else(|| origin(&usual), |issuer| Ok(issuer.clone()))?;
        // The same host, because one certificate is made for it; another port, because browsers must never be asked there.
        let mtls = mtls.map(|address| origin(&format!("https://{}:{}", issuer.host(), address.port()))).transpose()?;
        Ok(Self { issuer, mtls })
    }

    /// Says where everything is, one line each.
    pub(super) fn lines(&self, certificate: Option<&Path>, control: Option<SocketAddr>) -> Vec<String> {
        let issuer = &self.issuer;
        let mut lines =
            vec![format!("issuer     {issuer}"), format!("discovery  {issuer}/.well-known/openid-configuration")];
        lines.extend(self.mtls.iter().map(|mtls| format!("mtls       {mtls}")));
        lines.extend(certificate.map(|path| format!("trust      {}", path.display())));
        lines.extend(control.map(|address| format!("control    http://{address}")));
        lines
    }
}

fn origin(text: &str) -> Result<Origin, Failure> {
    Origin::parse(text).with_context(|| format!("make the origin {text}")).map_err(Failure::usage)
}

/// Returns the port of an origin, the scheme's own where it names none.
pub(super) fn port_of(origin: &Origin) -> u16 {
    let usual = if origin.is_secure() { 443 } else { 80 };
    origin.authority().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(http: bool, port: Option<u16>) -> HostIdp {
        HostIdp {
            config: None,
            http,
            port,
            ca_out: None,
            mtls_port: 0,
            control: false,
            control_port: 0,
            print_example: false,
        }
    }

    fn asked(http: bool, asked: Option<u16>, issuer: Option<&str>) -> Result<u16, String> {
        let issuer = issuer.map(|issuer| Origin::parse(issuer).expect("an origin"));
        port(&arguments(http, asked), issuer.as_ref()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_issuer_names_the_port() {
        assert_eq!(asked(true, None, None), Ok(USUAL_PORT));
        assert_eq!(asked(true, Some(0), None), Ok(0));
        assert_eq!(asked(true, None, Some("http://idp.localhost:5000")), Ok(5000));
        assert_eq!(asked(false, Some(443), Some("https://login.test")), Ok(443));
    }

    #[test]
    fn what_does_not_agree_is_refused_with_a_remedy() {
        let refused = |http, port, issuer| asked(http, port, Some(issuer)).expect_err("they do not agree");
        assert!(refused(true, Some(4700), "http://127.0.0.1:4800").contains("--port is 4700"));
        assert!(refused(true, None, "https://localhost:4700").contains("leave --http out"));
        assert!(refused(false, None, "http://localhost:4700").contains("add --http"));
        assert!(refused(false, None, "https://127.0.0.1:4700").contains("write localhost"));
    }

    #[test]
    fn the_origins_follow_the_listeners() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let plain = Addresses::new(None, at(5000), None, false).expect("addresses");
        assert_eq!((plain.issuer.as_str(), plain.mtls), ("http://127.0.0.1:5000", None));
        let secure = Addresses::new(None, at(5000), Some(at(5001)), true).expect("addresses");
        assert_eq!(secure.issuer.as_str(), "https://localhost:5000");
        assert_eq!(secure.mtls.as_ref().map(Origin::as_str), Some("https://localhost:5001"));
        let lines = secure.lines(Some(Path::new("ca.pem")), Some(at(5002)));
        assert_eq!((lines.len(), lines[4].as_str()), (5, "control    http://127.0.0.1:5002"));
    }
}
