//! A closed loop of 32 connections: each sends its next request when it has the answer to the last.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::operation::{Operation, Work};
use crate::server::Server;

/// As many as the peers were measured with.
const CONNECTIONS: u32 = 32;

/// How long a server that stopped answering is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections that are ready for one kind of work.
pub(crate) struct Load {
    callers: Vec<Caller>,
}

struct Caller {
    connection: Connection,
    operation: Operation,
}

impl Load {
    pub(crate) async fn open(server: &Server, work: Work) -> Result<Self> {
        let port = if work == Work::BareHello { server.bare_port } else { server.port };
        let mut callers = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut connection = Connection::open(port).await?;
            let operation = work.prepare(&mut connection).await?;
            callers.push(Caller { connection, operation });
        }
        Ok(Self { callers })
    }

    /// Performs at least so many operations, or fewer when they take `longest`, and returns how many.
    ///
    /// # Errors
    ///
    /// When one operation fails, or the server does not answer at all.
    pub(crate) async fn run(&mut self, operations: u32, longest: Duration) -> Result<u32> {
        let share = operations.div_ceil(CONNECTIONS);
        let until = Instant::now() + longest;
        let mut tasks = JoinSet::new();
        for caller in self.callers.drain(..) {
            tasks.spawn(caller.perform(share, until));
        }
        let ended = tokio::time::timeout(longest + PATIENCE, tasks.join_all()).await;
        let mut all = 0;
        for ended in ended.context("the server does not answer")? {
            let (caller, performed) = ended?;
            self.callers.push(caller);
            all += performed;
        }
        Ok(all)
    }
}

impl Caller {
    async fn perform(mut self, operations: u32, until: Instant) -> Result<(Self, u32)> {
        let mut performed = 0;
        while performed < operations && Instant::now() < until {
            self.operation.perform(&mut self.connection).await?;
            performed += 1;
        }
        Ok((self, performed))
    }
}
