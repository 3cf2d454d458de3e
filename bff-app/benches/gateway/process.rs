//! What Linux knows of processes: the CPU time that they took and the memory that one holds.

use std::io::ErrorKind;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// What `/proc` counts CPU time in: `USER_HZ` is 100 on every architecture that Rust's first tiers have.
const TICK: Duration = Duration::from_millis(10);

/// What Linux calls the error of reading about a thread that has ended, `ESRCH`; about one whose folder is gone, it is
/// `NotFound`.
const NO_SUCH_PROCESS: i32 = 3;

/// What counts the CPU time.
#[derive(Clone, Copy)]
enum Clock {
    /// The scheduler, to the nanosecond; it leaves out threads that have ended.
    Scheduler,
    /// Whole [`TICK`]s.
    Ticks,
}

/// Returns the user and system time that the threads of these processes have taken.
pub(crate) fn cpu(pids: &[u32]) -> Result<Duration> {
    let of = match clock() {
        Clock::Scheduler => by_scheduler,
        Clock::Ticks => by_ticks,
    };
    pids.iter().map(|pid| of(*pid)).sum()
}

/// Chosen once, because the difference of two clocks is no duration.
fn clock() -> Clock {
    static CHOSEN: OnceLock<Clock> = OnceLock::new();
    *CHOSEN.get_or_init(|| if by_scheduler(std::process::id()).is_ok() { Clock::Scheduler } else { Clock::Ticks })
}

/// Source: the kernel's `Documentation/scheduler/sched-stats.rst`, `/proc/<pid>/schedstat`, first field.
fn by_scheduler(pid: u32) -> Result<Duration> {
    let mut spent = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task")).context("list the threads")? {
        let path = thread.context("list the threads")?.path().join("schedstat");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            // Since it was listed.
            Err(error) if has_ended(&error) => continue,
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        let nanoseconds = text.split(' ').next().unwrap_or_default();
        let nanoseconds = nanoseconds.parse().with_context(|| format!("not a number of nanoseconds: {text:?}"))?;
        spent += Duration::from_nanos(nanoseconds);
    }
    ensure!(spent > Duration::ZERO, "the kernel counts no CPU time per thread");
    Ok(spent)
}

/// Tells whether a thread that cannot be read about is there no more.
fn has_ended(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(NO_SUCH_PROCESS)
}

/// Source: `proc_pid_stat(5)`, fields 14 and 15.
fn by_ticks(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    // The second field is a name in brackets, which may contain anything; the one after it is the third.
    let (_, fields) = text.rsplit_once(')').with_context(|| format!("no name in {path}"))?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || -> Result<u32> {
        let field = fields.next().with_context(|| format!("{path} is too short"))?;
        field.parse().with_context(|| format!("not a number of ticks in {path}: {field}"))
    };
    Ok(TICK * (ticks()? + ticks()?))
}

/// Returns how coarse [`cpu`] is here.
pub(crate) fn resolution() -> Duration {
    match clock() {
        Clock::Scheduler => Duration::from_nanos(1),
        Clock::Ticks => TICK,
    }
}

/// Returns the resident set of a process in KiB.
///
/// Source: `proc_pid_status(5)`, `VmRSS`.
pub(crate) fn resident_kib(pid: u32) -> Result<u32> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    let line =
        text.lines().find_map(|line| line.strip_prefix("VmRSS:")).with_context(|| format!("no VmRSS in {path}"))?;
    let number = line.trim().trim_end_matches("kB").trim_end();
    number.parse().with_context(|| format!("not a number of kB in {path}: {number}"))
}

/// Returns microseconds of CPU time per operation.
pub(crate) fn per_operation_us(spent: Duration, operations: u32) -> f64 {
    spent.as_secs_f64() * 1_000_000.0 / f64::from(operations.max(1))
}
