//! A closed loop of 32 connections: each sends its next request when it has the answer to the last.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::operation::{Operation, Work};
use crate::process;
use crate::world::World;

/// As many as the peers were measured with.
const CONNECTIONS: u32 = 32;

/// How long a server that stopped answering is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections that are ready for one kind of work, and whose CPU time it costs.
pub(crate) struct Load {
    callers: Vec<Caller>,
    processes: Vec<u32>,
}

struct Caller {
    connection: Connection,
    operation: Operation,
}

impl Load {
    pub(crate) async fn open(world: &World, work: Work) -> Result<Self> {
        let mut callers = Vec::new();
        for _ in 0..CONNECTIONS {
            callers.push(Caller::open(world, work).await?);
        }
        Ok(Self { callers, processes: world.processes(work) })
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
            tasks.spawn(caller.perform_until(share, until));
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

    /// Does the same, and returns the CPU time that it took beside how many there were.
    pub(crate) async fn spend(&mut self, operations: u32, longest: Duration) -> Result<(Duration, u32)> {
        let before = process::cpu(&self.processes)?;
        let performed = self.run(operations, longest).await?;
        Ok((process::cpu(&self.processes)?.saturating_sub(before), performed))
    }
}

impl Caller {
    async fn open(world: &World, work: Work) -> Result<Self> {
        let mut connection = world.connect(work).await?;
        let operation = work.prepare(world, &mut connection).await?;
        Ok(Self { connection, operation })
    }

    async fn perform_until(mut self, operations: u32, until: Instant) -> Result<(Self, u32)> {
        let mut performed = 0;
        while performed < operations && Instant::now() < until {
            self.operation.perform(&mut self.connection).await?;
            performed += 1;
        }
        Ok((self, performed))
    }
}
