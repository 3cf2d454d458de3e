//! CPU time per operation of the API, as ratios to what limits it: `cargo bench -p public-api`.
//!
//! The binary starts itself as the server, as its issuer, and as a proxy, so that the server's CPU time counts and
//! nobody else's does. Microseconds drift with the machine, so every row is measured in turns with its limit and read
//! as a ratio; nothing is asserted.

#[path = "api/bare_proxy.rs"]
mod bare_proxy;
#[path = "api/child.rs"]
mod child;
#[path = "api/connection.rs"]
mod connection;
#[path = "api/free_port.rs"]
mod free_port;
#[path = "api/issuer.rs"]
mod issuer;
#[path = "api/load.rs"]
mod load;
#[path = "api/measure.rs"]
mod measure;
#[path = "api/names.rs"]
mod names;
#[path = "api/nginx.rs"]
mod nginx;
#[path = "api/operation.rs"]
mod operation;
#[path = "api/options.rs"]
mod options;
#[path = "api/peers.rs"]
mod peers;
#[path = "api/plain_proxy.rs"]
mod plain_proxy;
#[path = "api/process.rs"]
mod process;
#[path = "api/proofs.rs"]
mod proofs;
#[path = "api/report.rs"]
mod report;
#[path = "api/requests.rs"]
mod requests;
#[path = "api/rows.rs"]
mod rows;
#[path = "api/serving.rs"]
mod serving;
#[path = "api/verification.rs"]
mod verification;
#[path = "api/world.rs"]
mod world;

use std::io::Write as _;

use anyhow::{Context as _, Result, ensure};

use options::Options;
use report::Line;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["peers"] => peers::serve(),
        ["proxy", upstream] => bare_proxy::serve(upstream),
        ["serve", peers] => serving::serve(peers),
        words => match reason_not_to_measure(words) {
            Some(reason) => say(reason),
            None => measure_all(&options::read(words)?),
        },
    }
}

/// `cargo bench` passes `--bench` and `cargo test` does not.
fn reason_not_to_measure(words: &[&str]) -> Option<&'static str> {
    #[expect(clippy::disallowed_methods, reason = "a program of its own, which asks the environment this one thing")]
    let in_ci = std::env::var("CI").is_ok();
    if !words.contains(&"--bench") {
        Some("nothing is measured: run `cargo bench -p public-api`\n")
    } else if in_ci {
        Some("nothing is measured in CI, whose machines are not calm: unset CI to measure anyway\n")
    } else if process::cpu(&[std::process::id()]).is_err() {
        Some("nothing is measured: CPU time is read from /proc/<pid>/stat, which this system does not have\n")
    } else {
        None
    }
}

fn measure_all(options: &Options) -> Result<()> {
    // One thread, so that the servers have the other core to themselves.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the load")?;
    let selected: Vec<_> = rows::ALL.iter().filter(|row| row.name.contains(&options.selection)).collect();
    ensure!(
        !selected.is_empty(),
        "no row is called {:?}: choose a part of one of\n{}",
        options.selection,
        rows::names()
    );
    let mut lines = Vec::new();
    let mut failed = 0;
    for row in selected {
        eprintln!("measuring {}", row.name);
        match runtime.block_on(measure::measure(row, options)) {
            Ok(line) => lines.push(line),
            Err(error) => {
                eprintln!("error: {}: {error:#}", row.name);
                failed += 1;
                lines.push(Line::failed(row));
            }
        }
    }
    say(&report::text(&lines, options))?;
    ensure!(failed == 0, "{failed} of the rows could not be measured");
    Ok(())
}

fn say(text: &str) -> Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes()).context("write to stdout")
}
