//! ChromeDriver: started on a port of the system's choice, and ended with every browser that it opened.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long the driver may take to start.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where the browser and its driver are.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Chromium's headless shell, the binary itself, not Debian's wrapper, which leaves orphans.
    pub browser: PathBuf,
    /// ChromeDriver.
    pub driver: PathBuf,
    /// Chromium with windows, for `serve --chromium`.
    pub window: PathBuf,
}

/// A running ChromeDriver; clones share it, and it ends with the last.
#[derive(Clone)]
pub struct Driver {
    pub(super) inner: Arc<Process>,
}

pub(super) struct Process {
    child: std::sync::Mutex<Child>,
    pub(super) url: String,
    pub(super) browser: PathBuf,
    pub(super) home: tempfile::TempDir,
    group: Option<u32>,
}

impl Drop for Process {
    /// Ends the driver's whole group: a driver that was killed leaves its browsers behind.
    fn drop(&mut self) {
        let id = self.child.lock().ok().and_then(|child| child.id()).or(self.group);
        if let Some(id) = id {
            let _ =
                std::process::Command::new("kill").args(["-9", "--", &format!("-{id}")]).stderr(Stdio::null()).status();
        }
    }
}

impl Driver {
    /// Starts a driver on a port of the system's choice.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not say its port within its bound.
    pub async fn start(installation: &Installation) -> Result<Self> {
        let home = tempfile::tempdir().context("make a folder for the browser's temporary files")?;
        let mut child = Command::new(&installation.driver)
            .args(["--port=0", "--log-level=SEVERE"])
            .env("TMPDIR", home.path())
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", installation.driver.display()))?;
        let group = child.id();
        let stdout = child.stdout.take().context("read what the driver says")?;
        let port = tokio::time::timeout(PATIENCE, port_said(BufReader::new(stdout))).await;
        let port = port.context("the driver did not say its port in time")??;
        let url = format!("http://127.0.0.1:{port}");
        let browser = installation.browser.clone();
        Ok(Self { inner: Arc::new(Process { child: std::sync::Mutex::new(child), url, browser, home, group }) })
    }

    /// Returns the driver's process id, while it lives.
    pub fn process_id(&self) -> Option<u32> {
        self.inner.child.lock().ok()?.id()
    }

    /// Tells whether the driver still runs.
    pub fn is_alive(&self) -> bool {
        self.inner.child.lock().is_ok_and(|mut child| matches!(child.try_wait(), Ok(None)))
    }
}

async fn port_said(mut lines: BufReader<tokio::process::ChildStdout>) -> Result<u16> {
    let mut line = String::new();
    while lines.read_line(&mut line).await? > 0 {
        if let Some((_, rest)) = line.split_once("started successfully on port ") {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let port = digits.parse().context("read the driver's port")?;
            // The pipe must stay open and be emptied, or the driver stops at its next line.
            tokio::spawn(async move { while lines.read_line(&mut String::new()).await.is_ok_and(|n| n > 0) {} });
            return Ok(port);
        }
        line.clear();
    }
    bail!("the driver ended before it said its port")
}
