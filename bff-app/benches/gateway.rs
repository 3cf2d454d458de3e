//! CPU time per operation of the BFF, as ratios to what limits it: `cargo bench -p bff-app`.
//!
//! The binary starts itself as the server, as the provider with an API, and as a proxy, so that the server's CPU time
//! counts and nobody else's does. Microseconds drift with the machine, so every row is measured in turns with its limit
//! and read as a ratio; nothing is asserted.

#[path = "gateway/bare_proxy.rs"]
mod bare_proxy;
#[path = "gateway/child.rs"]
mod child;
#[path = "gateway/connection.rs"]
mod connection;
#[path = "gateway/free_port.rs"]
mod free_port;
#[path = "gateway/load.rs"]
mod load;
#[path = "gateway/measure.rs"]
mod measure;
#[path = "gateway/median.rs"]
mod median;
#[path = "gateway/names.rs"]
mod names;
#[path = "gateway/nginx.rs"]
mod nginx;
#[path = "gateway/operation.rs"]
mod operation;
#[path = "gateway/options.rs"]
mod options;
#[path = "gateway/peers.rs"]
mod peers;
#[path = "gateway/plain_proxy.rs"]
mod plain_proxy;
#[path = "gateway/process.rs"]
mod process;
#[path = "gateway/provider.rs"]
mod provider;
#[path = "gateway/redis_server.rs"]
mod redis_server;
#[path = "gateway/report.rs"]
mod report;
#[path = "gateway/requests.rs"]
mod requests;
#[path = "gateway/rows.rs"]
mod rows;
#[path = "gateway/serving.rs"]
mod serving;
#[path = "gateway/sign_in.rs"]
mod sign_in;
#[path = "gateway/store.rs"]
mod store;
#[path = "gateway/verification.rs"]
mod verification;
#[path = "gateway/world.rs"]
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
        ["serve", store, place, peers] => serving::serve(store, place, peers),
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
        Some("nothing is measured: run `cargo bench -p bff-app`\n")
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
            Ok(measured) => lines.extend(measured),
            Err(error) => {
                eprintln!("error: {}: {error:#}", row.name);
                failed += 1;
                lines.push(Line::absent(row, "not available"));
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
