//! CPU time per operation of the provider, as ratios to what limits it: `cargo bench -p mock-idp`.
//!
//! The binary starts itself as the server, so that the server's CPU time counts and the load's does not. Microseconds drift
//! with the machine, so every row is measured in turns with its limit and read as a ratio; nothing is asserted.

#[path = "provider/connection.rs"]
mod connection;
#[path = "provider/load.rs"]
mod load;
#[path = "provider/measure.rs"]
mod measure;
#[path = "provider/operation.rs"]
mod operation;
#[path = "provider/options.rs"]
mod options;
#[path = "provider/process.rs"]
mod process;
#[path = "provider/registration.rs"]
mod registration;
#[path = "provider/report.rs"]
mod report;
#[path = "provider/requests.rs"]
mod requests;
#[path = "provider/rows.rs"]
mod rows;
#[path = "provider/server.rs"]
mod server;
#[path = "provider/serving.rs"]
mod serving;
#[path = "provider/sign_in.rs"]
mod sign_in;
#[path = "provider/signature.rs"]
mod signature;

use std::io::Write as _;

use anyhow::{Context as _, Result, ensure};

use options::Options;
use report::Line;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", code_life_s] => serving::serve(code_life_s.parse().context("read the life of codes")?),
        ["sign", algorithm, cpu_ms] => signature::sign(algorithm, cpu_ms.parse().context("read the CPU time")?),
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
        Some("nothing is measured: run `cargo bench -p mock-idp`\n")
    } else if in_ci {
        Some("nothing is measured in CI, whose machines are not calm: unset CI to measure anyway\n")
    } else if process::cpu(std::process::id()).is_err() {
        Some("nothing is measured: CPU time is read from /proc/<pid>/stat, which this system does not have\n")
    } else {
        None
    }
}

fn measure_all(options: &Options) -> Result<()> {
    // One thread, so that the server has the other core to itself.
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
