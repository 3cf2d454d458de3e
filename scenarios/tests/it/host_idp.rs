//! `versus host idp` as another program meets it: its lines say where everything is, and there it is.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use hosting::{Credentials, Journal, Names, Outbound, Timeouts};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long the program may take to say where it is, or to end.
const LIMIT: Duration = Duration::from_secs(30);

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../mock-idp/example.toml");

fn versus(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_versus"));
    command.args(["host", "idp"]).args(arguments).env("CI", "true");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A program that serves, and what it has said.
struct Hosted {
    child: Child,
    lines: Vec<String>,
}

impl Hosted {
    /// Starts it and reads until it knows its users, whom it names last.
    async fn start(arguments: &[&str]) -> Self {
        let mut child = versus(arguments).spawn().expect("versus can be started");
        let mut said = BufReader::new(child.stdout.take().expect("its standard output is piped")).lines();
        let reading = async {
            let mut lines: Vec<String> = Vec::new();
            while !lines.iter().any(|line| line.ends_with(" bob")) {
                lines.push(said.next_line().await.expect("its lines can be read").expect("it names bob"));
            }
            lines
        };
        let lines = tokio::time::timeout(LIMIT, reading).await.expect("it serves in time");
        Self { child, lines }
    }

    fn line(&self, word: &str) -> &str {
        let line = self.lines.iter().find_map(|line| line.strip_prefix(word)).map(str::trim);
        line.unwrap_or_else(|| panic!("no {word} in {:?}", self.lines))
    }

    async fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().expect("it still runs").to_string();
        Command::new("kill").args(["-INT", &id]).status().await.expect("kill can be started");
        let status = tokio::time::timeout(LIMIT, self.child.wait()).await.expect("it ends in time");
        status.expect("its status can be read").code()
    }
}

async fn get(url: &str) -> Value {
    let journal = Journal::off(Credentials::off());
    let outbound = Outbound::new(&Names::default(), None, journal, Timeouts::default());
    read(outbound.client(), url).await
}

async fn read(client: &reqwest::Client, url: &str) -> Value {
    let response = client.get(url).send().await.unwrap_or_else(|error| panic!("{url}: {error:?}"));
    assert!(response.status().is_success(), "{url}: {}", response.status());
    response.json().await.expect("it answers JSON")
}

async fn ends(arguments: &[&str], code: i32, says: &[&str]) {
    let output = tokio::time::timeout(LIMIT, versus(arguments).output()).await.expect("it ends in time");
    let output = output.expect("versus can be started");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(says.iter().all(|words| text.contains(words)), "{says:?}: {text}");
}

#[tokio::test]
async fn it_serves_the_provider_and_its_control_api() {
    let arguments = ["--config", EXAMPLE, "--http", "--port", "0", "--control", "--control-port", "0"];
    let hosted = Hosted::start(&arguments).await;
    let issuer = hosted.line("issuer").to_owned();
    assert_eq!(get(hosted.line("discovery")).await["issuer"], issuer);
    let control = hosted.line("control").to_owned();
    assert_eq!(get(&format!("{control}/openapi.json")).await["openapi"], "3.1.0");
    let clients = get(&format!("{control}/clients")).await;
    assert_eq!(clients.as_array().expect("a list").len(), 3);
    assert!(hosted.lines.iter().any(|line| line.contains("web (client_secret_basic)")), "{:?}", hosted.lines);
    for secret in ["invented-secret", "correct horse"] {
        assert!(!hosted.lines.iter().any(|line| line.contains(secret)), "{:?}", hosted.lines);
        assert!(!clients.to_string().contains(secret), "{clients}");
    }
    assert_eq!(hosted.interrupt().await, Some(0));
}

#[tokio::test]
async fn whoever_trusts_the_written_certificate_reaches_it_over_tls() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ca.pem");
    let shown = path.display().to_string();
    let hosted = Hosted::start(&["--config", EXAMPLE, "--port", "0", "--mtls-port", "0", "--ca-out", &shown]).await;
    let client = trusting(&path);
    let document = read(&client, hosted.line("discovery")).await;
    assert_eq!(document["issuer"], hosted.line("issuer"));
    let alias = document["mtls_endpoint_aliases"]["token_endpoint"].as_str().expect("an alias");
    assert!(alias.starts_with(hosted.line("mtls")), "{alias}");
    // The second listener asks for a certificate, and serves who has none.
    assert_eq!(read(&client, &alias.replace("/token", "/jwks")).await["keys"].as_array().map(Vec::len), Some(1));
}

/// Makes a client that trusts one certificate and no other.
fn trusting(path: &Path) -> reqwest::Client {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    let certificate = CertificateDer::from_pem_file(path).expect("the file is PEM");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).expect("it is a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().timeout(LIMIT);
    client.build().expect("a client")
}

#[tokio::test]
async fn what_is_wrong_ends_with_2_and_says_what_was_meant() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path.display().to_string()
    };
    let typo = write("typo.toml", "[settings]\npkcee = \"off\"\n");
    ends(&["--config", &typo, "--http"], 2, &[&typo, "line 2", "pkcee", "did you mean \"pkce\"?"]).await;
    let secret = write("secret.toml", "[[users]]\nsub = \"1\"\nusername = \"a\"\npassword = 27182818\n");
    ends(&["--config", &secret, "--http"], 2, &["users[0].password cannot be a number"]).await;
    let port = write("port.toml", "issuer = \"http://127.0.0.1:4711\"\n");
    ends(&["--config", &port, "--http", "--port", "0"], 2, &["4711", "--port is 0"]).await;
    ends(&["--config", "/nowhere/idp.toml", "--http"], 2, &["/nowhere/idp.toml", "--print-example"]).await;
    ends(&["--config", EXAMPLE], 2, &["--ca-out"]).await;
    ends(&["--http"], 2, &["--config"]).await;
}

#[tokio::test]
async fn a_busy_port_ends_with_3() {
    #[expect(clippy::disallowed_methods, reason = "the test is the one that takes the port")]
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("its address").port().to_string();
    ends(&["--config", EXAMPLE, "--http", "--port", &port], 3, &[&port, "--port"]).await;
    let arguments = ["--config", EXAMPLE, "--http", "--port", "0", "--control", "--control-port", &port];
    ends(&arguments, 3, &[&port, "--control-port"]).await;
}

#[tokio::test]
async fn the_example_is_printed_as_it_is() {
    let output = versus(&["--print-example"]).output().await.expect("versus can be started");
    let file = std::fs::read_to_string(EXAMPLE).expect("the example can be read");
    assert_eq!(String::from_utf8_lossy(&output.stdout), file);
    assert_eq!(output.status.code(), Some(0));
}
