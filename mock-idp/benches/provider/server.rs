//! The server as a process of its own, seen from the process that measures it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::process;

/// A running server, which ends when this is dropped, a panic included.
pub(crate) struct Server {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Where hello and the provider are served, by authority.
    pub(crate) port: u16,
    /// Where hello is served by axum alone.
    pub(crate) bare_port: u16,
}

impl Server {
    /// Starts a server and returns when its sockets are bound.
    pub(crate) fn start(code_life_s: u64) -> Result<Self> {
        let program = std::env::current_exe().context("find this program")?;
        let mut child = Command::new(program)
            .args(["serve", &code_life_s.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the server")?;
        let questions = child.stdin.take().expect("stdin was asked for");
        let answers = BufReader::new(child.stdout.take().expect("stdout was asked for"));
        let mut server = Self { child, questions, answers, port: 0, bare_port: 0 };
        let ports = server.answer()?;
        let (port, bare_port) = ports.split_once(' ').context("the server named no two ports")?;
        server.port = port.parse().with_context(|| format!("not a port: {port}"))?;
        server.bare_port = bare_port.parse().with_context(|| format!("not a port: {bare_port}"))?;
        Ok(server)
    }

    /// Returns the CPU time that the server has taken since its start.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        process::cpu(self.child.id())
    }

    /// Returns the server's resident set in KiB.
    pub(crate) fn resident_kib(&self) -> Result<u32> {
        process::resident_kib(self.child.id())
    }

    /// Returns how many things the provider remembers, as text.
    pub(crate) fn counts(&mut self) -> Result<String> {
        self.questions.write_all(b"counts\n").context("ask the server")?;
        self.answer()
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).context("hear from the server")?;
        ensure!(!line.is_empty(), "the server ended without a word");
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It can have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
