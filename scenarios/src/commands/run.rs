//! `versus run`: plays what was selected, writes the reports, and ends with what was found.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures_util::StreamExt as _;
use hosting::{Authority, Clock};

use crate::cli::Run;
use crate::config::Config;
use crate::page::Pages;
use crate::progress::{Progress, print, say};
use crate::record;
use crate::runner::{Cell, Finding, Layer, Outcome, Runner};
use crate::stage::Theatre;
use crate::testbed::Scheme;

use super::doctor::installed;
use super::select::cells;
use super::{Exit, Failure, stop};

/// Where the reports go when nothing else is said.
const USUAL: &str = "reports/latest";

/// Plays what was selected.
pub(super) async fn run(arguments: Run, config: &Config) -> Result<Exit, Failure> {
    let cells = cells(&arguments.select, arguments.layer.map(Layer::from), &arguments.set)?;
    if arguments.list {
        for cell in &cells {
            print(&cell.name());
        }
        return Ok(Exit::Ok);
    }
    let folder = arguments.output.clone().unwrap_or_else(|| PathBuf::from(USUAL));
    writable(&folder).map_err(Failure::usage)?;
    let pages = Pages::embedded().map_err(Failure::environment)?;
    if cells.iter().any(|cell| cell.layer == Layer::Browser) {
        for path in [&config.installation.browser, &config.installation.driver] {
            installed(path).map_err(Failure::environment)?;
        }
    }
    let clock = Clock::system();
    let started = clock.now();
    let theatre = Theatre {
        scheme: Scheme::Tls(Authority::new()),
        pages: Arc::new(pages),
        numbers: Arc::new(AtomicUsize::new(0)),
    };
    let runner = Runner::new(theatre, config.installation.clone(), Duration::from_secs(arguments.timeout));
    let (findings, interrupted) = play(&runner, cells, &arguments, config).await;
    let facts = record::Facts {
        arguments: &arguments,
        started,
        finished: clock.now(),
        browser: runner.browser_version().await,
        interrupted,
    };
    let (run, exit, reasons) = record::record(&findings, &facts);
    write(&folder, &run).map_err(Failure::usage)?;
    say(&record::closing(&run));
    say(&format!("report: {}", folder.join("index.html").display()));
    say(&format!("exit {} ({}): {}", exit.code(), exit.name(), reasons.join("; ")));
    Ok(exit)
}

/// Plays the cells, some at a time; an interrupt keeps what was found.
async fn play(runner: &Runner, cells: Vec<Cell>, arguments: &Run, config: &Config) -> (Vec<Finding>, bool) {
    let progress = Progress::new(cells.len(), config.terminal);
    let mut plays = futures_util::stream::iter(cells.into_iter().enumerate())
        .map(|(place, cell)| async move { (place, runner.find(cell).await) })
        .buffer_unordered(usize::from(arguments.jobs));
    let mut found: Vec<(usize, Finding)> = Vec::new();
    let mut interrupt = std::pin::pin!(stop::asked());
    let interrupted = loop {
        tokio::select! {
            next = plays.next() => match next {
                Some((place, finding)) => {
                    progress.ended(&finding);
                    found.push((place, finding));
                }
                None => break false,
            },
            () = &mut interrupt => break true,
        }
    };
    progress.finish();
    found.sort_by_key(|(place, _)| *place);
    (found.into_iter().map(|(_, finding)| finding).collect(), interrupted)
}

/// Refuses an output folder before anything is played for it.
fn writable(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the output folder {} (choose another with -o)", folder.display()))?;
    let probe = folder.join(".versus.tmp");
    std::fs::write(&probe, "")
        .with_context(|| format!("cannot write to the output folder {} (choose another with -o)", folder.display()))?;
    std::fs::remove_file(&probe).with_context(|| format!("cannot tidy the output folder {}", folder.display()))
}

fn write(folder: &Path, run: &reports::model::Run) -> Result<()> {
    for format in reports::formats::ALL {
        let path = folder.join(format.file);
        std::fs::write(&path, (format.render)(run)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Says how a run ends: what is worst decides.
pub fn exit_of(findings: &[Finding], interrupted: bool) -> (Exit, Vec<String>) {
    let count = |outcome| findings.iter().filter(|finding| finding.outcome == outcome).count();
    let (surprises, unproven, inconclusive) =
        (count(Outcome::Surprise), count(Outcome::Unproven), count(Outcome::Inconclusive));
    let mut reasons = Vec::new();
    if interrupted {
        reasons.push(format!("interrupted after {} cells", findings.len()));
    }
    for (n, what) in [(surprises, "surprise(s)"), (unproven, "unproven"), (inconclusive, "inconclusive")] {
        if n > 0 {
            reasons.push(format!("{n} {what}"));
        }
    }
    if reasons.is_empty() {
        reasons.push(format!("{} cells as predicted, and what held is proven", findings.len()));
    }
    let exit = match (interrupted, surprises + unproven, inconclusive) {
        (true, ..) => Exit::Interrupted,
        (_, 1.., _) => Exit::Gate,
        (_, _, 1..) => Exit::Incomplete,
        _ => Exit::Ok,
    };
    (exit, reasons)
}
