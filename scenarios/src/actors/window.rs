//! A Chromium with a window, for a person who clicks through the applications under their TLS names.

use std::process::Stdio;

use anyhow::{Context as _, Result};
use tokio::process::{Child, Command};

use super::browser::world;
use super::driver::Installation;
use crate::testbed::Testbed;

/// An open window; it closes when this is dropped.
pub struct Window {
    _process: Child,
    _profile: tempfile::TempDir,
}

impl Window {
    /// Opens the application's page in a profile of its own.
    ///
    /// # Errors
    ///
    /// When Chromium does not start.
    pub fn open(installation: &Installation, testbed: &Testbed) -> Result<Self> {
        let profile = tempfile::tempdir().context("make a folder for the browser's profile")?;
        let process = Command::new(&installation.window)
            .args(world(testbed))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("{}/", testbed.origins.app))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", installation.window.display()))?;
        Ok(Self { _process: process, _profile: profile })
    }
}
