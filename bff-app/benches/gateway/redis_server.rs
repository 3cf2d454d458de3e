//! A Redis of the benchmark's own: `redis-server` on a free port, which writes nothing down.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::free_port::free_port;

const PROGRAM: &str = "redis-server";

/// A running Redis, which ends when this is dropped.
pub(crate) struct RedisServer {
    process: Child,
    /// Kept open, so that it can always write there.
    log: BufReader<ChildStdout>,
    port: u16,
}

impl RedisServer {
    pub(crate) fn is_there() -> bool {
        Command::new(PROGRAM).arg("--version").output().is_ok_and(|output| output.status.success())
    }

    /// Starts one, and returns when it takes connections.
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let mut process = Command::new(PROGRAM)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no", "--dir"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("start redis-server")?;
        let log = BufReader::new(process.stdout.take().expect("stdout was asked for"));
        let mut server = Self { process, log, port };
        server.await_readiness()?;
        Ok(server)
    }

    fn await_readiness(&mut self) -> Result<()> {
        let mut said = String::new();
        while !said.contains("Ready to accept connections") {
            let read = self.log.read_line(&mut said).context("hear from redis-server")?;
            ensure!(read > 0, "redis-server ended: {said}");
        }
        Ok(())
    }

    /// Returns its address, as the BFF's configuration takes it.
    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It can have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
