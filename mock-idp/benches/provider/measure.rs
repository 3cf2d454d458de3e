//! How each kind of row is measured; every row has a server of its own, so that none pays for what another left behind.

use std::time::{Duration, Instant};

use anyhow::Result;
use mock_idp::Settings;

use crate::connection::Connection;
use crate::load::Load;
use crate::operation::Work;
use crate::options::Options;
use crate::process::per_operation_us;
use crate::report::{Line, Round};
use crate::requests;
use crate::rows::{Row, Subject};
use crate::server::Server;
use crate::signature::{self, Algorithm};

/// How often a row is measured, in turns with its limit: short turns, because what drifts is then the same for both.
pub(crate) const ROUNDS: usize = 15;

/// The same where a signature comes off, which is many times what is left.
pub(crate) const SIGNED_ROUNDS: usize = 61;

/// How many sessions there are before the resident set is first read.
pub(crate) const FIRST_SESSIONS: u32 = 20_000;

/// How long a code is remembered while sessions are counted: with a minute, codes would count as memory of sessions.
pub(crate) const SHORT_CODE_LIFE_S: u64 = 2;

/// The longest that one measurement takes on a server that is far too slow.
const LONGEST: Duration = Duration::from_secs(8);

/// The longest that it takes to fill a server with sessions.
const LONGEST_FILLING: Duration = Duration::from_secs(600);

pub(crate) async fn measure(row: &Row, options: &Options) -> Result<Vec<Line>> {
    match row.subject {
        Subject::Requests(work) => Ok(vec![in_turns(row, work, options).await?]),
        Subject::Signature(algorithm) => Ok(vec![signatures(row, algorithm, options)?]),
        Subject::SessionMemory => sessions(row, options).await,
        Subject::Start => Ok(vec![starts(row, options).await?]),
    }
}

async fn in_turns(row: &Row, work: Work, options: &Options) -> Result<Line> {
    let server = start()?;
    let mut load = Load::open(&server, work).await?;
    let operations = warm_up(&server, &mut load, options.cpu).await?;
    // After the row's own, so that no connection idles for long.
    let mut hello_load = Load::open(&server, Work::Hello).await?;
    let hello_operations = warm_up(&server, &mut hello_load, options.cpu).await?;
    // In the same process under the same load: alone in a loop it has the caches and the core for itself.
    let mut signing = match row.target.signature() {
        None => None,
        Some(algorithm) => {
            let mut load = Load::open(&server, Work::SignedHello(algorithm)).await?;
            let operations = warm_up(&server, &mut load, options.cpu).await?;
            Some((load, operations))
        }
    };
    let mut rounds = Vec::new();
    for _ in 0..if signing.is_some() { SIGNED_ROUNDS } else { ROUNDS } {
        let hello = cost_us(&server, &mut hello_load, hello_operations).await?;
        let signature = match &mut signing {
            None => None,
            Some((load, operations)) => Some(cost_us(&server, load, *operations).await? - hello),
        };
        let own = cost_us(&server, &mut load, operations).await?;
        rounds.push(Round { own, hello, signature });
    }
    Ok(Line::of_requests(row, &rounds))
}

/// Warms up, and returns how many operations take the asked CPU time.
async fn warm_up(server: &Server, load: &mut Load, cpu: Duration) -> Result<u32> {
    let mut operations = 1_000;
    loop {
        let (spent, performed) = spend(server, load, operations).await?;
        // A share of the time is enough to extrapolate from; fewer operations than asked for mean that time ran out.
        if spent >= cpu / 4 || performed < operations {
            let needed = u128::from(performed) * cpu.as_millis() / spent.as_millis().max(1);
            return Ok(u32::try_from(needed).unwrap_or(u32::MAX).max(1));
        }
        operations = operations.saturating_mul(2);
    }
}

async fn cost_us(server: &Server, load: &mut Load, operations: u32) -> Result<f64> {
    let (spent, performed) = spend(server, load, operations).await?;
    Ok(per_operation_us(spent, performed))
}

async fn spend(server: &Server, load: &mut Load, operations: u32) -> Result<(Duration, u32)> {
    let before = server.cpu()?;
    let performed = load.run(operations, LONGEST).await?;
    Ok((server.cpu()?.saturating_sub(before), performed))
}

fn signatures(row: &Row, algorithm: Algorithm, options: &Options) -> Result<Line> {
    let costs_us: Vec<f64> = (0..ROUNDS).map(|_| signature::cost_us(algorithm, options.cpu)).collect::<Result<_>>()?;
    Ok(Line::of_signatures(row, &costs_us))
}

async fn sessions(row: &Row, options: &Options) -> Result<Vec<Line>> {
    let mut server = Server::start(SHORT_CODE_LIFE_S)?;
    let mut load = Load::open(&server, Work::Login).await?;
    let mut live = load.run(FIRST_SESSIONS, LONGEST_FILLING).await?;
    let mut lines = Vec::new();
    for sessions in &options.sessions {
        let before = server.resident_kib()?;
        let added = load.run(*sessions, LONGEST_FILLING).await?;
        let grown_kib = server.resident_kib()?.saturating_sub(before);
        live += added;
        eprintln!("  {live} sessions were begun; the provider says {}", server.counts()?);
        lines.push(Line::of_sessions(row, added, f64::from(grown_kib) * 1_024.0 / f64::from(added.max(1))));
    }
    Ok(lines)
}

async fn starts(row: &Row, options: &Options) -> Result<Line> {
    let mut times_ms = Vec::new();
    for _ in 0..options.starts {
        let began = Instant::now();
        let server = start()?;
        let mut connection = Connection::open(server.port).await?;
        connection.send(&requests::discovery()).await?.with_status(200)?;
        times_ms.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(Line::of_starts(row, &times_ms))
}

fn start() -> Result<Server> {
    Server::start(Settings::default().code_life_s)
}
