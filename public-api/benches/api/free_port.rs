//! A port for programs that must be told theirs.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use hosting::Listener;

/// Returns a port that nobody listens on, at the moment.
pub(crate) fn free_port() -> Result<u16> {
    Ok(Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None)?.address().port())
}
