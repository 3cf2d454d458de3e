//! Relying parties that nobody here wrote: their libraries sign in at the provider as they are.
//!
//! The scripts in `foreign/` judge for themselves, and say which step failed.

use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use hosting::{Handed, Journal, Listener, Origin, Running, Secret, Wire};
use mock_idp::{Client, Config, Provider, Resource, Role, Settings, User};
use tokio::process::Command;

/// How long a script may take; each of its requests gives up after ten seconds and says so.
const LIMIT: Duration = Duration::from_secs(60);

const REDIRECT_URI: &str = "https://app.test/callback";
const POST_LOGOUT_REDIRECT_URI: &str = "https://app.test/signed-out";
/// Without characters that RFC 6749 §2.3.1 has a client encode, because Authlib does not.
const CLIENT_SECRET: &str = "the-client-secret";
const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn openid_client_signs_in_and_out() {
    let folder = folder("javascript");
    let script = folder.join("sign-in.mjs");
    works(Path::new("node"), &script, &folder.join("node_modules/openid-client")).await;
}

#[tokio::test]
async fn authlib_signs_in_and_out() {
    let folder = folder("python");
    let python = folder.join(".venv/bin/python");
    // The stamp that `make foreign` leaves when everything is in.
    works(&python, &folder.join("sign_in.py"), &folder.join(".venv/.installed")).await;
}

fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign").join(language)
}

/// Runs a script against a provider of its own, unless what it needs is not `installed`.
async fn works(program: &Path, script: &Path, installed: &Path) {
    if !installed.exists() {
        skip(script, &format!("{} is not there", installed.display()));
        return;
    }
    let (issuer, running) = serve();
    let outcome = tokio::time::timeout(LIMIT, run(program, script, &issuer)).await;
    running.stop().await;
    match outcome.unwrap_or_else(|_| panic!("{} did not end within {LIMIT:?}", script.display())) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            skip(script, &format!("there is no {}", program.display()));
        }
        Err(error) => panic!("{} cannot be run: {error}", program.display()),
        Ok(Output { status, stdout, stderr }) => assert!(
            status.success(),
            "{} failed: {status}\n{}{}",
            script.display(),
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr)
        ),
    }
}

/// Says so; where everything was to be installed, as in `make test`, that is a failure.
fn skip(script: &Path, why: &str) {
    let text = format!("skipped {}: {why}; `make foreign` installs it", script.display());
    let is_required = std::env::var_os("FOREIGN_REQUIRED").is_some();
    assert!(!is_required, "{text}");
    // Not by a macro: what those print in a test that passes, nobody sees.
    let _ = writeln!(std::io::stderr(), "{text}");
}

async fn run(program: &Path, script: &Path, issuer: &Origin) -> std::io::Result<Output> {
    Command::new(program)
        .arg(script)
        .args(["--issuer", issuer.as_str(), "--client-id", "foreign", "--username", "alice"])
        .args(["--redirect-uri", REDIRECT_URI, "--post-logout-redirect-uri", POST_LOGOUT_REDIRECT_URI])
        .env("CLIENT_SECRET", CLIENT_SECRET)
        .env("PASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
}

/// Serves a provider over plain http at an address that needs no name to be resolved.
fn serve() -> (Origin, Running) {
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), None).unwrap();
    let issuer = Origin::parse(&format!("http://{}", listener.address())).unwrap();
    let handed = Handed::for_tests();
    let journal = Journal::off(handed.credentials.clone());
    let Provider { router, .. } = mock_idp::app(config(issuer.clone()), Settings::default(), handed);
    let wire = Wire { authority: issuer.authority().to_owned(), party: "idp", router };
    (issuer, listener.serve(vec![wire], &journal))
}

fn config(issuer: Origin) -> Config {
    let client = Client {
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        post_logout_redirect_uris: vec![POST_LOGOUT_REDIRECT_URI.to_owned()],
        scopes: ["openid", "profile", "email", "offline_access"].map(str::to_owned).to_vec(),
        resources: vec!["accounts-api".to_owned()],
        ..Client::confidential("foreign", Secret::new(CLIENT_SECRET))
    };
    let resources = vec![Resource::new("accounts-api")];
    let users = vec![User::new("alice", Secret::new(PASSWORD))];
    Config { issuer, mtls: None, role: Role::Honest, clients: vec![client], users, resources }
}
