//! `versus host spa`: the static host of the single-page application alone, with any OpenID provider and any API.

use hosting::Handed;
use spa_app::config_file::{self, ConfigFile};
use spa_app::{Config, Settings};

use super::place::{self, Certificates, Place, interrupted};
use super::provider::{Metadata, PagePeers};
use super::written::Written;
use super::{Exit, Failure, log};
use crate::cli::HostPart;
use crate::page::{Page, Pages};
use crate::progress::{print, say};

/// Serves until the person interrupts.
pub(super) async fn host(arguments: &HostPart) -> Result<Exit, Failure> {
    if arguments.print_example {
        print(config_file::example().trim_end());
        return Ok(Exit::Ok);
    }
    let pages = Pages::embedded().map_err(Failure::environment)?;
    let written = Written::read(arguments, "spa")?;
    let read = config_file::read(written.text(), || page(&pages));
    let ConfigFile { config, settings } = read.map_err(|bad| written.refused(bad))?;
    let peers = PagePeers {
        origin: config.origin.clone(),
        issuer: config.issuer.clone(),
        issuer_origins: config.issuer_origins.clone(),
    };
    let lines = lines(&config, &settings);
    let handed = place::handed(arguments)?;
    log::begin(arguments.log, &handed.clock);
    let router = spa_app::app(config, settings.clone(), handed.clone());
    let running = Place::bind(&peers.origin, Certificates::NotAsked, arguments)?.serve("spa", router);
    for line in lines {
        print(&line);
    }
    tell_of_the_provider(&handed, &peers, &settings, &written).await;
    print(&format!("ready      {}", peers.origin));
    interrupted().await;
    running.stop().await;
    Ok(Exit::Ok)
}

/// Says what the provider lacks for the page; one that does not answer yet is no reason to stop.
async fn tell_of_the_provider(handed: &Handed, peers: &PagePeers, settings: &Settings, written: &Written) {
    match Metadata::ask(&handed.outbound, &peers.issuer, Some(&peers.origin)).await {
        Ok(metadata) => {
            for sentence in metadata.lacks_for_a_page(peers, settings) {
                print(&format!("lacks      {sentence}"));
            }
        }
        Err(error) => {
            let shown = written.shown();
            say(&format!(
                "warning: {error:#}: if the browser cannot reach it either, nobody can sign in: start the provider, \
                 correct \"issuer\" in {shown}, or trust its authority by --trust and in the browser"
            ));
        }
    }
}

/// Returns the page that is built in.
fn page(pages: &Pages) -> spa_app::Page {
    let Page { script, style, worker, service_worker, manifest, icon } = pages.spa.clone();
    spa_app::Page {
        script,
        style,
        worker,
        service_worker: Some(service_worker),
        manifest: Some(manifest),
        icon: Some(icon),
        ..spa_app::Page::default()
    }
}

/// Says where the page is, whom it works with, and what must be registered at the provider.
fn lines(config: &Config, settings: &Settings) -> Vec<String> {
    let origin = &config.origin;
    let mut lines = vec![
        format!("serves     {origin}"),
        format!("provider   {}", config.issuer),
        format!("client     {} (public)", config.client_id),
        format!("api        {}", config.api),
        format!("register   {origin}/callback as a redirect URI"),
    ];
    if settings.renewal == spa_app::Renewal::HiddenFrame {
        lines.push(format!("register   {origin}/silent-callback as a redirect URI"));
    }
    lines.push(format!("register   {origin}/ as a post-logout redirect URI"));
    if settings.fcl.is_on() {
        lines.push(format!("register   {origin}/frontchannel-logout for front-channel logout, with the session"));
    }
    lines
}
