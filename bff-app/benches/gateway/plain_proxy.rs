//! The plain proxy that the BFF is held against, which checks nothing: nginx where it is installed, else hyper alone.

use anyhow::Result;

use crate::child::Child;
use crate::nginx::Nginx;

/// A running proxy, which ends when this is dropped.
pub(crate) enum PlainProxy {
    Nginx(Nginx),
    Hyper(Child),
}

impl PlainProxy {
    /// Starts one in front of the port `upstream`.
    pub(crate) fn start(upstream: u16) -> Result<Self> {
        if Nginx::is_there() {
            Nginx::start(upstream).map(Self::Nginx)
        } else {
            Child::start(&["proxy", &upstream.to_string()]).map(Self::Hyper)
        }
    }

    /// Returns where it serves.
    pub(crate) fn port(&self) -> u16 {
        match self {
            Self::Nginx(nginx) => nginx.port,
            Self::Hyper(child) => child.port,
        }
    }

    /// Returns the processes that do the work.
    pub(crate) fn processes(&self) -> Vec<u32> {
        match self {
            Self::Nginx(nginx) => nginx.workers.clone(),
            Self::Hyper(child) => vec![child.id()],
        }
    }
}

/// Returns what the plain proxy is here.
pub(crate) fn name() -> &'static str {
    if Nginx::is_there() { "nginx" } else { "bare hyper proxy" }
}
