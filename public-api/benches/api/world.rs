//! The processes of one row: the API, the plain proxy, and the issuer with what stands behind the proxy.

use anyhow::Result;

use crate::child::Child;
use crate::connection::Connection;
use crate::operation::Work;
use crate::plain_proxy::PlainProxy;

/// All of them; who depends on others ends first.
pub(crate) struct World {
    api: Child,
    proxy: PlainProxy,
    peers: Child,
}

impl World {
    /// Starts them, and returns when their sockets are bound.
    pub(crate) fn start() -> Result<Self> {
        let peers = Child::start(&["peers"])?;
        let proxy = PlainProxy::start(peers.port)?;
        let api = Child::start(&["serve", &peers.port.to_string()])?;
        Ok(Self { api, proxy, peers })
    }

    /// Opens a connection to whoever does this work.
    pub(crate) async fn connect(&self, work: Work) -> Result<Connection> {
        Connection::open(if work == Work::PlainProxy { self.proxy.port() } else { self.api.port }).await
    }

    /// Opens a connection to the issuer.
    pub(crate) async fn connect_to_issuer(&self) -> Result<Connection> {
        Connection::open(self.peers.port).await
    }

    /// Returns the processes whose CPU time this work costs.
    pub(crate) fn processes(&self, work: Work) -> Vec<u32> {
        if work == Work::PlainProxy { self.proxy.processes() } else { vec![self.api.id()] }
    }
}
