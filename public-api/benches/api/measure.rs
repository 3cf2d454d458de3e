//! How a row is measured; every row has servers of its own, so that none pays for what another left behind.

use std::time::Duration;

use anyhow::Result;

use crate::load::Load;
use crate::operation::Work;
use crate::options::Options;
use crate::process::per_operation_us;
use crate::report::{Line, Round};
use crate::rows::Row;
use crate::world::World;

/// How often a row is measured, in turns with its limit: short turns, because what drifts is then the same for both.
pub(crate) const ROUNDS: usize = 15;

/// The longest that one measurement takes on a server that is far too slow.
const LONGEST: Duration = Duration::from_secs(8);

pub(crate) async fn measure(row: &Row, options: &Options) -> Result<Line> {
    let world = World::start()?;
    let mut own = Turns::warm_up(&world, row.work, options.cpu).await?;
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
    Ok(Line::of(row, &rounds))
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
                let operations = u32::try_from(needed).unwrap_or(u32::MAX).clamp(1, work.most());
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
