//! Processes of this program's own that serve: how they are started, and what they say when they are ready.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// A running server, which ends when this is dropped, a panic included.
pub(crate) struct Child {
    process: std::process::Child,
    /// Where it serves.
    pub(crate) port: u16,
}

impl Child {
    /// Starts a server and returns when its socket is bound.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self> {
        let program = std::env::current_exe().context("find this program")?;
        let process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start a server")?;
        let mut child = Self { process, port: 0 };
        let stdout = child.process.stdout.take().expect("stdout was asked for");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).context("hear from a server")?;
        ensure!(!line.is_empty(), "a server ended without a word: {arguments:?}");
        let port = line.trim_end();
        child.port = port.parse().with_context(|| format!("not a port: {port}"))?;
        Ok(child)
    }

    /// Returns its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It can have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Says in the server's own process where it serves.
///
/// Returns when stdin is closed, so that no server outlives the process that measures it.
pub(crate) fn announce(port: u16) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{port}").context("name the port")?;
    std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()).context("wait for the end")?;
    Ok(())
}
