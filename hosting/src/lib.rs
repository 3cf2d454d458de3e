//! What all servers are *handed instead of taking*: clock, listener, outbound client, journal, secrets.
//!
//! Without this crate, time, sockets and redaction would be written once per server.

mod bytes;
mod certificates;
mod client_certificates;
mod client_key;
mod clock;
pub mod config_file;
mod identity;
mod issuer;
mod journal;
mod listener;
mod names;
mod origin;
mod outbound;
mod raw;
mod secret;

pub use bytes::{base64url, random_token, same_bytes, sha256};
pub use certificates::Authority;
pub use client_certificates::{Chain, ClientCertificate};
pub use client_key::ClientKey;
pub use clock::Clock;
pub use identity::{Identity, NotAnIdentity};
pub use issuer::{Issuer, NotAnIssuer};
pub use journal::{Exchange, Journal, Wire};
pub use listener::{BindError, Listener, Running};
pub use names::Names;
pub use origin::{NotAnOrigin, Origin};
pub use outbound::{NotTrusted, Outbound, Timeouts, Trust};
pub use raw::RawAnswer;
pub use secret::{Credentials, Kind, Secret};

/// What every server is handed.
#[derive(Clone)]
pub struct Handed {
    /// The time of the run.
    pub clock: Clock,
    /// Every credential that the run has minted.
    pub credentials: Credentials,
    /// The one way out.
    pub outbound: Outbound,
}

impl Handed {
    /// Makes what a router's own test hands to it: the machine's time and no names to reach.
    pub fn for_tests() -> Self {
        let credentials = Credentials::default();
        Self {
            clock: Clock::system(),
            credentials: credentials.clone(),
            outbound: Outbound::new(&Names::default(), None, Journal::off(credentials), Timeouts::default()),
        }
    }
}
