//! The command line.

mod host;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::runner::Layer;

pub use host::{HostIdp, HostPart, HostWhat, LogForm};

/// Attacks a BFF and an SPA with a public API, and compares what held.
#[derive(Debug, Parser)]
#[command(name = "versus", version, about, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0    everything ended as predicted, and what held is proven
  1    a surprise, or something that held without proof
  2    wrong usage: flag, name, setting or output folder
  3    the environment: a port, the browser or its driver is missing
  4    nothing was selected
  5    inconclusive: the harness broke somewhere, and nothing worse was seen
  130  interrupted; what was found until then is written";

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Boot, attack, judge and write the reports.
    Run(Run),
    /// List what there is.
    List {
        /// Which list.
        what: List,
    },
    /// Explain a scenario: attacker, steps, prediction, controls, sources.
    Explain {
        /// The scenario's id.
        id: String,
    },
    /// Serve the applications to a person's own browser, on plain-http *.localhost.
    Serve(Serve),
    /// Serve one part of the testbed alone, for other programs.
    Host {
        /// Which part.
        #[command(subcommand)]
        what: HostWhat,
    },
    /// Check that the machine can run everything.
    Doctor,
    /// Print the JSON Schema of run.json.
    Schema,
}

/// What `run` takes.
#[derive(Debug, Args)]
pub struct Run {
    /// SCENARIO[@DEPLOYMENT] with * and ?; nothing selects everything.
    pub select: Vec<String>,
    /// Play only this layer.
    #[arg(long, value_enum)]
    pub layer: Option<LayerName>,
    /// Change a setting of every selected deployment.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Plays at a time.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub jobs: u16,
    /// The folder for run.json and the reports.
    #[arg(short = 'o', long = "output", value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// How long one play may take, in seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Say what would run, and stop.
    #[arg(long)]
    pub list: bool,
}

/// What `serve` takes.
#[derive(Debug, Args)]
pub struct Serve {
    /// The deployments, by default all.
    pub deployments: Vec<String>,
    /// Change a setting of every served deployment.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// The first port; each further deployment takes the next.
    #[arg(long, default_value_t = 4600)]
    pub port: u16,
    /// Open a Chromium with the TLS names of `run` instead.
    #[arg(long)]
    pub chromium: bool,
}

/// The lists.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum List {
    /// Every scenario.
    Scenarios,
    /// Every named deployment.
    Deployments,
    /// Every switch, its default and what it protects.
    Settings,
    /// Every lie that the identity provider can be asked for.
    Lies,
}

/// The layers by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LayerName {
    /// Over plain HTTP.
    Protocol,
    /// In a real browser.
    Browser,
}

impl From<LayerName> for Layer {
    fn from(name: LayerName) -> Self {
        match name {
            LayerName::Protocol => Self::Protocol,
            LayerName::Browser => Self::Browser,
        }
    }
}
