//! `versus serve`: both applications for a person's own browser, until interrupted.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyhow::Context as _;
use hosting::{Authority, Clock};

use crate::actors::window::Window;
use crate::cli::Serve;
use crate::config::Config;
use crate::deployment::Architecture;
use crate::page::Pages;
use crate::progress::{print, say};
use crate::stage::Theatre;
use crate::testbed::{PASSWORD, Scheme, Testbed};

use super::select::deployments;
use super::{Exit, Failure, stop};

/// Serves until the person interrupts.
pub(super) async fn serve(arguments: Serve, config: &Config) -> Result<Exit, Failure> {
    let mut deployments = deployments(&arguments.deployments, &arguments.set)?;
    // The provider alone is served by `versus host idp`.
    deployments.retain(|deployment| deployment.architecture != Architecture::Provider);
    if deployments.is_empty() {
        return Err(Failure::usage(anyhow::anyhow!("there is no application to serve (see `versus host idp`)")));
    }
    let pages = Pages::embedded().map_err(Failure::environment)?;
    let scheme = if arguments.chromium { Scheme::Tls(Authority::new()) } else { Scheme::Plain };
    let theatre = Theatre { scheme: scheme.clone(), pages: Arc::new(pages), numbers: Arc::new(AtomicUsize::new(0)) };
    let mut running: Vec<Testbed> = Vec::new();
    for (n, deployment) in deployments.iter().enumerate() {
        let port =
            if arguments.chromium { 0 } else { arguments.port.saturating_add(u16::try_from(n).unwrap_or(u16::MAX)) };
        let testbed = Testbed::boot(deployment, n + 1, &scheme, &theatre.pages, port, Clock::system())
            .with_context(|| format!("serve {} (choose another --port)", deployment.id))
            .map_err(Failure::environment)?;
        print(&format!("{:<5} {}/", deployment.id, testbed.origins.app));
        print(&format!(
            "      identity provider {}/   sibling {}/blank   other site {}/blank",
            testbed.origins.idp, testbed.origins.sibling, testbed.origins.evil
        ));
        running.push(testbed);
    }
    print(&format!("sign in as alice or bob with the password: {PASSWORD}"));
    let windows = if arguments.chromium { open(&running, config)? } else { Vec::new() };
    say("press Ctrl-C to stop");
    stop::asked().await;
    drop(windows);
    for testbed in running {
        testbed.stop().await;
    }
    Ok(Exit::Ok)
}

/// Opens a window for each deployment, with the TLS names of `run`.
fn open(running: &[Testbed], config: &Config) -> Result<Vec<Window>, Failure> {
    super::doctor::installed(&config.installation.window).map_err(Failure::environment)?;
    running.iter().map(|testbed| Window::open(&config.installation, testbed).map_err(Failure::environment)).collect()
}
