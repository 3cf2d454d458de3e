//! The binary `versus`: reads the world once, hands it in, and ends with a documented exit code.

use std::process::ExitCode;

use clap::Parser as _;
use scenarios::cli::Cli;
use scenarios::config::Config;

fn main() -> ExitCode {
    let config = Config::from_environment();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            scenarios::progress::say(&format!("error: cannot start: {error}"));
            return ExitCode::from(3);
        }
    };
    let exit = runtime.block_on(scenarios::commands::dispatch(cli, &config));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ExitCode::from(exit.code())
}
