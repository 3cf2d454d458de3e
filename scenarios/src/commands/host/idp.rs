//! `versus host idp`: the identity provider alone, for any relying party and any resource server on this machine.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use hosting::{
    Authority, Clock, Credentials, Handed, Journal, Listener, Names, Origin, Outbound, Running, Timeouts, Wire,
};
use mock_idp::Provider;
use mock_idp::config_file::{self, ConfigFile};

use super::addresses::{self, Addresses};
use super::place::{interrupted, write_certificate};
use super::{Exit, Failure};
use crate::cli::HostIdp;
use crate::progress::print;

/// Serves until the person interrupts.
pub(super) async fn host(arguments: &HostIdp) -> Result<Exit, Failure> {
    if arguments.print_example {
        print(config_file::example().trim_end());
        return Ok(Exit::Ok);
    }
    let served = serve(arguments)?;
    for line in &served.lines {
        print(line);
    }
    interrupted().await;
    for running in served.running {
        running.stop().await;
    }
    Ok(Exit::Ok)
}

/// What is served, and how it is told.
struct Served {
    running: Vec<Running>,
    lines: Vec<String>,
}

/// The listeners; all of them are bound before anything is served or told.
struct Bound {
    public: Listener,
    /// The one that asks for client certificates.
    mtls: Option<Listener>,
    control: Option<Listener>,
}

fn serve(arguments: &HostIdp) -> Result<Served, Failure> {
    let file = read(arguments.config.as_deref())?;
    let authority = (!arguments.http).then(Authority::new);
    let port = addresses::port(arguments, file.issuer.as_ref()).map_err(Failure::usage)?;
    let bound = bind(arguments, port, authority.as_ref())?;
    let mtls = bound.mtls.as_ref().map(Listener::address);
    let addresses = Addresses::new(file.issuer.as_ref(), bound.public.address(), mtls, authority.is_some())?;
    if let (Some(path), Some(authority)) = (&arguments.ca_out, &authority) {
        write_certificate(path, authority)?;
    }
    let mut lines = addresses.lines(arguments.ca_out.as_deref(), bound.control.as_ref().map(Listener::address));
    lines.extend(whom_it_knows(&file));
    lines.push(format!("ready      {}", addresses.issuer));
    let credentials = Credentials::off();
    let journal = Journal::off(credentials.clone());
    let outbound = Outbound::new(&names(&file), authority.as_ref(), journal.clone(), Timeouts::default());
    let (config, settings) = file.under(addresses.issuer.clone(), addresses.mtls.clone());
    let provider = mock_idp::app(config, settings, Handed { clock: Clock::system(), credentials, outbound });
    Ok(Served { running: bound.serve(&provider, &addresses, &journal), lines })
}

impl Bound {
    /// Serves every listener; the one that asks for certificates serves the same endpoints.
    fn serve(self, provider: &Provider, addresses: &Addresses, journal: &Journal) -> Vec<Running> {
        let wire = |authority: &str, party, router| Wire { authority: authority.to_owned(), party, router };
        let endpoints = |origin: &Origin| vec![wire(origin.authority(), "idp", provider.router.clone())];
        let mut running = vec![self.public.serve(endpoints(&addresses.issuer), journal)];
        if let (Some(listener), Some(origin)) = (self.mtls, &addresses.mtls) {
            running.push(listener.serve(endpoints(origin), journal));
        }
        if let Some(listener) = self.control {
            // By address alone: a name could be made to lead here by whoever owns it.
            let authority = listener.address().to_string();
            running.push(listener.serve(vec![wire(&authority, "control", provider.control_api.clone())], journal));
        }
        running
    }
}

fn read(path: Option<&Path>) -> Result<ConfigFile, Failure> {
    let path = path.ok_or_else(|| Failure::usage(anyhow!("name the configuration with --config FILE")))?;
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {shown} (write one with `versus host idp --print-example > {shown}`)"))
        .map_err(Failure::usage)?;
    config_file::read(&text).with_context(|| format!("cannot use {shown}")).map_err(Failure::usage)
}

fn bind(arguments: &HostIdp, port: u16, authority: Option<&Authority>) -> Result<Bound, Failure> {
    let here = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let flagged = |flag: &'static str| move || format!("serve (choose another {flag})");
    let public = Listener::bind(here(port), authority).with_context(flagged("--port"));
    let mtls = authority.map(|authority| Listener::bind_asking_for_certificates(here(arguments.mtls_port), authority));
    let mtls = mtls.transpose().with_context(flagged("--mtls-port"));
    let control = arguments.control.then(|| Listener::bind(here(arguments.control_port), None));
    let control = control.transpose().with_context(flagged("--control-port"));
    Ok(Bound {
        public: public.map_err(Failure::environment)?,
        mtls: mtls.map_err(Failure::environment)?,
        control: control.map_err(Failure::environment)?,
    })
}

/// Returns the names that the provider reaches to tell applications of a session's end: those of this machine only.
fn names(file: &ConfigFile) -> Names {
    let names = Names::default();
    // The port stands in the address; without one it is the scheme's.
    let here = SocketAddr::from(([127, 0, 0, 1], 0));
    names.insert("localhost", here);
    let told = |client: &mock_idp::Client| -> Vec<String> {
        client.backchannel_logout_uri.iter().chain(&client.backchannel_logout_replicas).cloned().collect()
    };
    let hosts =
        file.clients.iter().flat_map(told).filter_map(|uri| url::Url::parse(&uri).ok()?.host_str().map(str::to_owned));
    for host in hosts.filter(|host| host.ends_with(".localhost")) {
        names.insert(host, here);
    }
    names
}

fn whom_it_knows(file: &ConfigFile) -> Vec<String> {
    let clients = file
        .clients
        .iter()
        .map(|client| format!("client     {} ({})", client.id, client.token_endpoint_auth_method.name()));
    let users = file.users.iter().map(|user| format!("user       {}", user.username));
    clients.chain(users).collect()
}
