//! `versus doctor`: whether this machine can run everything, and what to do where it cannot.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use hosting::{Authority, Listener};

use crate::actors::driver::Driver;
use crate::config::Config;
use crate::page::Pages;
use crate::progress::print;

use super::{Exit, Failure};

/// Checks everything and prints a line each.
pub(super) async fn doctor(config: &Config) -> Result<Exit, Failure> {
    let mut healthy = true;
    let mut check = |what: &str, result: Result<String>| match result {
        Ok(found) => print(&format!("✓ {what:<22} {found}")),
        Err(error) => {
            healthy = false;
            print(&format!("✗ {what:<22} {error:#}"));
        }
    };
    check("the internet's address", bindable([127, 0, 0, 1]));
    check("the private zone", bindable([127, 0, 0, 2]));
    check("a certificate", Ok(format!("authority {}", Authority::new().public_key_sha256())));
    check(
        "the page",
        Pages::embedded().map(|pages| {
            let bytes = [&pages.bff, &pages.spa, &pages.tmb].map(|page| page.script.len());
            format!("bff {} B, spa {} B, tmb {} B of script", bytes[0], bytes[1], bytes[2])
        }),
    );
    check("the browser", installed(&config.installation.browser));
    check("the driver", installed(&config.installation.driver));
    if config.installation.driver.exists() {
        let started = Driver::start(&config.installation).await;
        check(
            "the driver starts",
            started.map(|driver| format!("process {}", driver.process_id().unwrap_or_default())),
        );
    }
    if healthy {
        Ok(Exit::Ok)
    } else {
        Err(Failure::environment(anyhow!("this machine cannot run everything: see the lines marked ✗")))
    }
}

fn bindable(ip: [u8; 4]) -> Result<String> {
    let listener = Listener::bind(SocketAddr::from((ip, 0)), None)?;
    Ok(format!("{} can be bound", listener.address().ip()))
}

/// Says what to install where a program is missing.
pub(super) fn installed(path: &Path) -> Result<String> {
    ensure!(
        path.exists(),
        "{} is missing: on Debian `apt-get install chromium chromium-driver chromium-headless-shell`, elsewhere set VERSUS_BROWSER and VERSUS_CHROMEDRIVER",
        path.display()
    );
    Ok(path.display().to_string())
}
