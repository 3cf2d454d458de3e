//! Where the backend of a play keeps its sessions, for the stores that need a place: a folder or a Redis of its own.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bff_app::SessionStore;
use hosting::Secret;
use tempfile::TempDir;

/// How long Redis may take to be there.
const PATIENCE: Duration = Duration::from_secs(5);

/// What ends with the play.
pub(super) struct Storage {
    /// Taken away with everything in it.
    _folder: Option<TempDir>,
    redis: Option<Child>,
}

impl Storage {
    /// Makes the place that a store needs, and what the backend is told of it.
    ///
    /// # Errors
    ///
    /// When there is no place, or no Redis.
    pub(super) fn prepare(store: SessionStore, key: [u8; 32]) -> Result<(Self, bff_app::Storage)> {
        let mut told = bff_app::Storage { key: Some(key), ..bff_app::Storage::default() };
        if !matches!(store, SessionStore::Embedded | SessionStore::Redis) {
            return Ok((Self { _folder: None, redis: None }, told));
        }
        let folder = TempDir::with_prefix("versus-").context("make a folder for the sessions of this play")?;
        let mut redis = None;
        if store == SessionStore::Embedded {
            told.file = Some(folder.path().join("sessions.redb"));
        } else {
            let socket = folder.path().join("redis.sock");
            redis = Some(start(&socket)?);
            told.redis = Some(Secret::new(format!("redis+unix://{}", socket.display())));
        }
        Ok((Self { _folder: Some(folder), redis }, told))
    }
}

/// Starts a Redis that keeps nothing, behind a socket in the play's own folder: no port that somebody else could take.
fn start(socket: &std::path::Path) -> Result<Child> {
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocketperm", "700", "--unixsocket"]);
    command.arg(socket).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().context(
        "start redis-server (on Debian: sudo apt-get install redis-server; or choose another bff.session.store)",
    )?;
    let until = std::time::Instant::now() + PATIENCE;
    while !socket.exists() {
        if let Some(status) = child.try_wait().context("ask for redis-server")? {
            bail!("redis-server ended at once: {status}");
        }
        if std::time::Instant::now() > until {
            let _ = child.kill();
            bail!("redis-server was not there within {} s", PATIENCE.as_secs());
        }
        std::thread::yield_now();
    }
    Ok(child)
}

impl Drop for Storage {
    fn drop(&mut self) {
        if let Some(redis) = &mut self.redis {
            let _ = redis.kill();
            let _ = redis.wait();
        }
    }
}
