//! The processes of one row: the BFF, the plain proxy, the provider with the API, and Redis where sessions are in it.

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::child::Child;
use crate::connection::Connection;
use crate::operation::Work;
use crate::plain_proxy::PlainProxy;
use crate::process;
use crate::redis_server::RedisServer;
use crate::store::Store;

/// All of them; who depends on others ends first.
pub(crate) struct World {
    gateway: Child,
    proxy: PlainProxy,
    peers: Child,
    _redis: Option<RedisServer>,
    _folder: TempDir,
}

impl World {
    /// Starts them, and returns when their sockets are bound.
    pub(crate) fn start(store: Store) -> Result<Self> {
        let folder = tempfile::tempdir().context("make a folder")?;
        let peers = Child::start(&["peers"])?;
        let proxy = PlainProxy::start(peers.port)?;
        let mut redis = None;
        let place = match store {
            Store::Memory => String::new(),
            Store::Embedded => folder.path().join("sessions").display().to_string(),
            Store::Redis => redis.insert(RedisServer::start(folder.path())?).address(),
        };
        let gateway = Child::start(&["serve", store.name(), &place, &peers.port.to_string()])?;
        Ok(Self { gateway, proxy, peers, _redis: redis, _folder: folder })
    }

    /// Opens a connection to whoever does this work.
    pub(crate) async fn connect(&self, work: Work) -> Result<Connection> {
        let port = match work {
            Work::Direct => self.peers.port,
            Work::PlainProxy => self.proxy.port(),
            Work::Hello | Work::VerifyingHello | Work::Proxied | Work::Refused | Work::Lookup | Work::Login => {
                self.gateway.port
            }
        };
        Connection::open(port).await
    }

    /// Returns the processes whose CPU time this work costs.
    pub(crate) fn processes(&self, work: Work) -> Vec<u32> {
        match work {
            Work::Direct => vec![self.peers.id()],
            Work::PlainProxy => self.proxy.processes(),
            Work::Hello | Work::VerifyingHello | Work::Proxied | Work::Refused | Work::Lookup | Work::Login => {
                vec![self.gateway.id()]
            }
        }
    }

    /// Returns the BFF's resident set in KiB.
    pub(crate) fn resident_kib(&self) -> Result<u32> {
        process::resident_kib(self.gateway.id())
    }
}
