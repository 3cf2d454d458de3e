//! `versus host bff`: the backend for frontend alone, with any OpenID provider and any APIs behind it.

use std::time::Duration;

use bff_app::config_file::{self, ConfigFile};
use bff_app::{Bff, Config, HandedOut, Settings, Worker};
use serde::Serialize;
use serde_json::{Value, json};

use super::place::{self, Certificates, Place, interrupted};
use super::written::Written;
use super::{Exit, Failure, log};
use crate::cli::HostPart;
use crate::commands::stop;
use crate::page::{Page, Pages};
use crate::progress::{print, say};

/// How long requests that are under way may take to end after an interrupt.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until the person interrupts; then requests that are under way may end.
pub(super) async fn host(arguments: &HostPart) -> Result<Exit, Failure> {
    if arguments.print_example {
        print(config_file::example().trim_end());
        return Ok(Exit::Ok);
    }
    let pages = Pages::embedded().map_err(Failure::environment)?;
    let written = Written::read(arguments, "bff")?;
    let read = config_file::read(written.text(), |settings| page(&pages, settings));
    let ConfigFile { config, settings } = read.map_err(|bad| written.refused(bad))?;
    let (origin, lines) = (config.origin.clone(), lines(&config, &settings));
    let handed = place::handed(arguments)?;
    log::begin(arguments.log, &handed.clock);
    let bff = bff_app::app(config, settings, handed).map_err(|why| written.refused(why))?;
    let running = Place::bind(&origin, Certificates::NotAsked, arguments)?.serve("bff", bff.router.clone());
    for line in lines {
        print(&line);
    }
    tell_of_the_provider(&bff, &written).await;
    print(&format!("ready      {origin}"));
    interrupted().await;
    drain(&bff).await;
    running.stop().await;
    Ok(Exit::Ok)
}

/// Says what the provider lacks; one that does not answer yet is no reason to stop.
async fn tell_of_the_provider(bff: &Bff, written: &Written) {
    match bff.abilities().await {
        Ok(abilities) => {
            for sentence in abilities.missing() {
                print(&format!("lacks      {sentence}"));
            }
        }
        Err(error) => {
            let remedy = "start the provider, correct \"issuer\"";
            let shown = written.shown();
            say(&format!(
                "warning: {error}: nobody can sign in: {remedy} in {shown}, or trust its authority by --trust"
            ));
        }
    }
}

/// Takes the BFF out of service and waits until it has nothing to do; a second interrupt ends the wait.
async fn drain(bff: &Bff) {
    bff.drain();
    tokio::select! {
        _ = tokio::time::timeout(PATIENCE, bff.drain.idle()) => {}
        () = stop::asked() => {}
    }
}

/// Returns the page that is built in, with the sign-in for what the settings hand out.
fn page(pages: &Pages, settings: &Settings) -> bff_app::Page {
    let page = if settings.handed_out == HandedOut::None { &pages.bff } else { &pages.tmb };
    let Page { script, style, service_worker, manifest, icon, .. } = page.clone();
    bff_app::Page {
        script,
        style,
        worker: Some(service_worker),
        manifest: Some(manifest),
        icon: Some(icon),
        implant: None,
        settings: if settings.csp.worker == Worker::Own { json!({ "pwa": true }) } else { json!({}) },
    }
}

/// Says where the BFF is, whom it works with, and what must be registered at the provider.
fn lines(config: &Config, settings: &Settings) -> Vec<String> {
    let (origin, client) = (&config.origin, &config.client.id);
    let mut lines = vec![
        format!("serves     {origin}"),
        format!("provider   {}", config.issuer),
        format!("client     {client} ({})", name(settings.client_auth)),
        format!("register   {origin}/bff/callback as a redirect URI"),
        format!("register   {origin}/ as a post-logout redirect URI"),
    ];
    if settings.logout.bcl.is_on() {
        lines.push(format!("register   {origin}/bff/backchannel-logout for back-channel logout, with the session"));
    }
    if settings.logout.fcl.is_on() {
        lines.push(format!("register   {origin}/bff/frontchannel-logout for front-channel logout, with the session"));
    }
    for api in &config.apis {
        let routes = api.routes.iter().map(|route| format!("{:?} {}", route.methods, route.path));
        lines.push(format!("api        /api/{} → {} ({})", api.name, api.base, routes.collect::<Vec<_>>().join(", ")));
    }
    if let Some(api) = &config.public_api {
        lines.push(format!("hands out  {} for {}", name(settings.handed_out), api.origin));
    }
    lines.push(format!("sessions   {}", name(settings.session.store)));
    lines.push(format!("health     {origin}/health/ready"));
    lines
}

/// Returns the name of a setting's value, as the file has it.
fn name(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use hosting::config_file::ConfigText;

    use super::*;

    #[test]
    fn it_says_where_it_is_what_it_knows_and_what_to_register_and_no_secret() {
        let built_in = Page {
            script: String::new(),
            style: String::new(),
            worker: None,
            service_worker: String::new(),
            manifest: String::new(),
            icon: String::new(),
        };
        let pages = Pages { bff: built_in.clone(), spa: built_in.clone(), tmb: built_in };
        let text = ConfigText::new(config_file::example(), std::path::Path::new(""));
        let file = config_file::read(text, |settings| page(&pages, settings)).expect("the example is right");
        let lines = lines(&file.config, &file.settings).join("\n");
        for says in [
            "serves     http://localhost:3000",
            "client     web (client-secret-basic)",
            "register   http://localhost:3000/bff/callback as a redirect URI",
            "api        /api/orders → http://127.0.0.1:4720/orders ([GET] list, [GET] *)",
            "sessions   memory",
        ] {
            assert!(lines.contains(says), "{says}\n{lines}");
        }
        assert!(!lines.contains("invented-secret"), "{lines}");
    }
}
