//! A Redis of a test's own: `redis-server` on a free port, which writes down all it is told and is gone with the test.

use std::io::ErrorKind;
use std::process::Stdio;
use std::time::Duration;

use hosting::{Listener, Secret};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long a start may take.
const START: Duration = Duration::from_secs(10);

/// A Redis that runs, or has been stopped.
pub(crate) struct RedisServer {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl RedisServer {
    /// Starts one. Without the program the test is skipped, unless `REDIS_REQUIRED` is set.
    pub(crate) async fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("there is room for a temporary folder");
        // Somebody else may take the port between the two looks at it.
        for _ in 0..5 {
            let port = free_port();
            match run(&folder, port).await {
                Ok(Some(child)) => return Some(Self { folder, port, child }),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::NotFound && std::env::var_os("REDIS_REQUIRED").is_none() => {
                    eprintln!("skipped: there is no redis-server (apt-get install redis-server)");
                    return None;
                }
                Err(error) => panic!("redis-server cannot be started: {error} (apt-get install redis-server)"),
            }
        }
        panic!("redis-server finds no free port");
    }

    /// Returns its address, as the configuration takes it.
    pub(crate) fn address(&self) -> Secret {
        Secret::new(format!("redis://127.0.0.1:{}", self.port))
    }

    /// Stops it at once, as a crash would.
    pub(crate) async fn stop(&mut self) {
        self.child.kill().await.expect("it runs");
    }

    /// Starts it again, with what it had written down.
    pub(crate) async fn start_again(&mut self) {
        let child = run(&self.folder, self.port).await.expect("it has run before");
        self.child = child.expect("its port is still free");
    }
}

fn free_port() -> u16 {
    Listener::bind(([127, 0, 0, 1], 0).into(), None).expect("a loopback port is free").address().port()
}

/// Runs it until it says that it is ready; `None` when it ends before.
async fn run(folder: &TempDir, port: u16) -> std::io::Result<Option<Child>> {
    let mut child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
    let ready = async {
        while let Ok(Some(line)) = lines.next_line().await {
            if line.contains("Ready to accept connections") {
                return true;
            }
        }
        false
    };
    let is_ready = tokio::time::timeout(START, ready).await.expect("it starts within 10 s");
    // Read on, so that it never waits for a reader.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok(is_ready.then_some(child))
}
