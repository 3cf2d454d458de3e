//! nginx as a plain proxy, with one worker for each core and without a log of requests.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::free_port::free_port;
use crate::names::ORDERS;

/// Where Debian installs it.
const PROGRAM: &str = "/usr/sbin/nginx";

const CONFIGURATION: &str = "nginx.conf";

/// A running nginx, which ends when this is dropped.
pub(crate) struct Nginx {
    process: Child,
    /// Kept open, so that nginx can always write there.
    log: BufReader<ChildStderr>,
    /// The processes that do the work.
    pub(crate) workers: Vec<u32>,
    /// Where it serves.
    pub(crate) port: u16,
    folder: TempDir,
}

impl Nginx {
    pub(crate) fn is_there() -> bool {
        Path::new(PROGRAM).exists()
    }

    /// Starts one in front of the port `upstream`, and returns when all its workers serve.
    pub(crate) fn start(upstream: u16) -> Result<Self> {
        let folder = tempfile::tempdir().context("make a folder for nginx")?;
        let port = free_port()?;
        let cores = std::thread::available_parallelism().context("count the cores")?.get();
        let path = folder.path().join(CONFIGURATION);
        std::fs::write(&path, configuration(cores, upstream, port)).context("configure nginx")?;
        let mut process = command(folder.path()).stderr(Stdio::piped()).spawn().context("start nginx")?;
        let log = BufReader::new(process.stderr.take().expect("stderr was asked for"));
        let mut nginx = Self { process, log, workers: Vec::new(), port, folder };
        nginx.await_workers(cores)?;
        Ok(nginx)
    }

    /// Reads what it says until it has named so many workers; its sockets are bound before.
    fn await_workers(&mut self, expected: usize) -> Result<()> {
        let mut said = String::new();
        while self.workers.len() < expected {
            let line_begins = said.len();
            let read = self.log.read_line(&mut said).context("hear from nginx")?;
            ensure!(read > 0, "nginx ended: {said}");
            if let Some((_, id)) = said[line_begins..].split_once("start worker process ") {
                let id = id.trim_end();
                self.workers.push(id.parse().with_context(|| format!("not a process: {id}"))?);
            }
        }
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Told, and not killed, because its workers outlive it then.
        let told = command(self.folder.path()).args(["-s", "stop"]).stderr(Stdio::null()).status();
        if !told.is_ok_and(|status| status.success()) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("-p").arg(folder).args(["-c", CONFIGURATION, "-e", "stderr"]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Connections are kept on both sides, as ours are, however many requests they have carried.
fn configuration(workers: usize, upstream: u16, port: u16) -> String {
    format!(
        "daemon off;\n\
         worker_processes {workers};\n\
         pid nginx.pid;\n\
         error_log stderr notice;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n\
         access_log off;\n\
         client_body_temp_path body; proxy_temp_path proxy;\n\
         fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n\
         tcp_nodelay on;\n\
         keepalive_requests 100000000;\n\
         upstream orders {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 100000000; }}\n\
         server {{\n\
         listen 127.0.0.1:{port};\n\
         location / {{\n\
         proxy_pass http://orders; proxy_http_version 1.1;\n\
         proxy_set_header Connection \"\"; proxy_set_header Host {ORDERS};\n\
         }} }} }}\n"
    )
}
