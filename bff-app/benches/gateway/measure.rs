//! How each kind of row is measured; every row has servers of its own, so that none pays for what another left behind.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::load::{Caller, Load};
use crate::operation::{SIGNED_IN, Work};
use crate::options::Options;
use crate::process::per_operation_us;
use crate::redis_server::RedisServer;
use crate::report::{Line, Round};
use crate::requests;
use crate::rows::{Row, Subject};
use crate::sign_in::sign_in;
use crate::store::Store;
use crate::world::World;

/// How often a row is measured, in turns with its limit: short turns, because what drifts is then the same for both.
pub(crate) const ROUNDS: usize = 15;

/// How many sessions there are before the resident set is first read.
pub(crate) const FIRST_SESSIONS: u32 = 20_000;

/// The longest that one measurement takes on a server that is far too slow.
const LONGEST: Duration = Duration::from_secs(8);

/// The longest that it takes to fill a server with sessions.
const LONGEST_FILLING: Duration = Duration::from_secs(900);

pub(crate) async fn measure(row: &Row, options: &Options) -> Result<Vec<Line>> {
    match row.subject {
        Subject::Requests(_, Store::Redis) if !RedisServer::is_there() => {
            Ok(vec![Line::absent(row, "no redis-server")])
        }
        Subject::Requests(work, store) => Ok(vec![in_turns(row, work, store, options).await?]),
        Subject::Latency(work) => Ok(vec![latency(row, work, options).await?]),
        Subject::SessionMemory => sessions(row, options).await,
    }
}

async fn in_turns(row: &Row, work: Work, store: Store, options: &Options) -> Result<Line> {
    let world = World::start(store)?;
    let mut own = Turns::warm_up(&world, work, options.cpu).await?;
    let mut limit = match row.target.limit() {
        None => None,
        Some(limit) => Some(Turns::warm_up(&world, limit, options.cpu).await?),
    };
    // After the row's own, so that no connection idles for long.
    let mut hello = Turns::warm_up(&world, Work::Hello, options.cpu).await?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let hello_us = hello.cost_us().await?;
        let limit = match &mut limit {
            None => None,
            Some(limit) => Some(limit.net_us(hello_us).await?),
        };
        rounds.push(Round { own: own.net_us(hello_us).await?, hello: hello_us, limit });
    }
    Ok(Line::of_requests(row, &rounds))
}

/// One kind of work, with how many operations take the asked CPU time.
struct Turns {
    work: Work,
    load: Load,
    operations: u32,
}

impl Turns {
    async fn warm_up(world: &World, work: Work, cpu: Duration) -> Result<Self> {
        let mut load = Load::open(world, work).await?;
        let mut operations = 1_000;
        loop {
            let (spent, performed) = load.spend(operations, LONGEST).await?;
            // A share of the time is enough to extrapolate from; fewer operations than asked mean that time ran out.
            if spent >= cpu / 4 || performed < operations {
                let needed = u128::from(performed) * cpu.as_millis() / spent.as_millis().max(1);
                let operations = u32::try_from(needed).unwrap_or(u32::MAX).max(1);
                return Ok(Self { work, load, operations });
            }
            operations = operations.saturating_mul(2);
        }
    }

    async fn cost_us(&mut self) -> Result<f64> {
        let (spent, performed) = self.load.spend(self.operations, LONGEST).await?;
        Ok(per_operation_us(spent, performed))
    }

    async fn net_us(&mut self, hello_us: f64) -> Result<f64> {
        Ok(self.work.net_us(self.cost_us().await?, hello_us))
    }
}

/// Compares the medians of one connection's calls with those of another that asks the API itself, in turns.
async fn latency(row: &Row, work: Work, options: &Options) -> Result<Line> {
    let world = World::start(Store::Memory)?;
    let mut own = Caller::open(&world, work).await?;
    let mut direct = Caller::open(&world, Work::Direct).await?;
    let mut added_ms = Vec::new();
    for round in 0..=ROUNDS {
        let own_ms = own.median_ms(options.calls).await?;
        let direct_ms = direct.median_ms(options.calls).await?;
        // The first one warms up.
        if round > 0 {
            added_ms.push(own_ms - direct_ms);
        }
    }
    Ok(Line::of_latency(row, &added_ms))
}

async fn sessions(row: &Row, options: &Options) -> Result<Vec<Line>> {
    let world = World::start(Store::Memory)?;
    let first = sign_in(&mut world.connect(Work::Login).await?).await?;
    let mut load = Load::open(&world, Work::Login).await?;
    let mut begun = 1 + load.run(FIRST_SESSIONS, LONGEST_FILLING).await?;
    let mut lines = Vec::new();
    for sessions in &options.sessions {
        let before = world.resident_kib()?;
        let added = load.run(*sessions, LONGEST_FILLING).await?;
        let grown_kib = world.resident_kib()?.saturating_sub(before);
        begun += added;
        let mut connection = world.connect(Work::Lookup).await?;
        let answer = connection.send(&requests::lookup(&first)).await?.with_status(200)?;
        ensure!(answer.body.contains(SIGNED_IN), "the first session is gone: {}", answer.body);
        eprintln!("  {begun} sessions were begun, and the first still opens");
        lines.push(Line::of_sessions(row, added, f64::from(grown_kib) * 1_024.0 / f64::from(added.max(1))));
    }
    Ok(lines)
}
