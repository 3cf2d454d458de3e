//! `versus host` as another program starts it: it says where it is, is asked, and is interrupted.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use hosting::{Credentials, Journal, Listener, Names, Outbound, Timeouts, Trust};
use http::Method;
use scenarios::actors::form::Form;
use scenarios::actors::user_agent::{Answer, UserAgent};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use url::Url;

/// How long a program may take to say where it is, or to end.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// How many ports are tried.
const PORTS: u16 = 2_000;

/// Makes the command that hosts a part.
pub(crate) fn versus(part: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_versus"));
    command.args(["host", part]).args(arguments).env("CI", "true");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A part that serves, and what it has said.
pub(crate) struct Program {
    child: Child,
    /// What it said on the standard output before it was ready.
    pub(crate) lines: Vec<String>,
    errors: JoinHandle<String>,
}

impl Program {
    /// Starts it and waits until it says that it is ready.
    pub(crate) async fn start(part: &str, arguments: &[&str]) -> Self {
        let mut child = versus(part, arguments).spawn().expect("versus can be started");
        let mut said = BufReader::new(child.stdout.take().expect("its standard output is piped")).lines();
        let mut errors = child.stderr.take().expect("its standard error is piped");
        // Read all the time: a pipe that is full would stop the program.
        let errors = tokio::spawn(async move {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text).await;
            text
        });
        let reading = async {
            let mut lines: Vec<String> = Vec::new();
            while let Some(line) = said.next_line().await.expect("its lines can be read") {
                lines.push(line);
                if lines.last().is_some_and(|line| line.starts_with("ready ")) {
                    return Ok(lines);
                }
            }
            Err(lines)
        };
        match tokio::time::timeout(LIMIT, reading).await.expect("it is ready in time") {
            Ok(lines) => Self { child, lines, errors },
            Err(lines) => panic!("{part} ended: {lines:?}\n{}", errors.await.unwrap_or_default()),
        }
    }

    /// Interrupts it, and returns its exit code and what it said on the standard error.
    pub(crate) async fn interrupt(mut self) -> (Option<i32>, String) {
        let id = self.child.id().expect("it still runs").to_string();
        Command::new("kill").args(["-INT", &id]).status().await.expect("kill can be started");
        let status = tokio::time::timeout(LIMIT, self.child.wait()).await.expect("it ends in time");
        let code = status.expect("its status can be read").code();
        (code, self.errors.await.expect("its standard error can be read"))
    }

    /// Tells whether it has said a line that contains this.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.lines.iter().any(|line| line.contains(words))
    }
}

/// Returns ports that nobody uses, for programs that must know each other's before they run.
///
/// They lie below those that Linux gives away by itself, from 32768, so that nobody is given them meanwhile.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 500).unwrap_or_default() * 20;
    let is_free = |port: &u16| Listener::bind(SocketAddr::from(([127, 0, 0, 1], *port)), None).is_ok();
    let candidates = || (0..PORTS).map(move |_| first + NEXT.fetch_add(1, Ordering::Relaxed) % PORTS);
    std::array::from_fn(|_| candidates().find(is_free).expect("a port is free"))
}

/// Writes a file into a folder, and returns its path as an argument.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file can be written");
    path.display().to_string()
}

/// Makes a client that reaches this machine by name, and trusts the certificates in these files.
pub(crate) fn outbound(trusted: &[&str]) -> Outbound {
    let read = |path: &&str| std::fs::read_to_string(path).expect("the certificate can be read");
    let and = |trust: Trust, path| trust.and(&read(path)).expect("it is a certificate");
    let trust = trusted.iter().fold(Trust::of_the_system(), and);
    Outbound::to_the_world(&Names::default(), trust, Journal::off(Credentials::off()), Timeouts::default())
}

/// Makes a browser of one person.
pub(crate) fn browser() -> UserAgent {
    UserAgent::new(&outbound(&[]), "browser")
}

/// Reads an address.
pub(crate) fn at(text: &str) -> Url {
    Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Goes to an address, and on to where it leads.
pub(crate) async fn go(agent: &mut UserAgent, url: &str) -> Answer {
    agent.navigate(at(url)).await.unwrap_or_else(|error| panic!("{url}: {error:#}"))
}

/// Fills in the first form of a page, submits it, and goes on to where it leads.
pub(crate) async fn submit(agent: &mut UserAgent, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let mut form = Form::first_in(&page.body).unwrap_or_else(|| panic!("no form at {}: {}", page.url, page.body));
    for (name, value) in fields {
        form.fill(name, value);
    }
    let url = page.url.join(&form.action).expect("the form's action is an address");
    let origin = page.url.origin().ascii_serialization();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
    let answer = agent.send(Method::POST, url, &headers, Some(form.encoded())).await;
    let answer = answer.unwrap_or_else(|error| panic!("{}: {error:#}", page.url));
    match answer.location() {
        Some(next) => go(agent, next.as_str()).await,
        None => answer,
    }
}

/// Calls an application as its own page does.
pub(crate) async fn call(agent: &mut UserAgent, method: Method, origin: &str, path: &str) -> Answer {
    let mut headers = vec![("x-csrf", "1"), ("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
    if method != Method::GET {
        headers.push(("origin", origin));
    }
    let answer = agent.send(method, at(&format!("{origin}{path}")), &headers, None).await;
    answer.unwrap_or_else(|error| panic!("{path}: {error:#}"))
}
