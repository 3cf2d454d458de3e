//! What `host` takes: one part of the testbed alone, for other programs.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// The parts that can be served alone.
#[derive(Debug, Subcommand)]
pub enum HostWhat {
    /// The identity provider, for any relying party and any resource server on this machine.
    Idp(HostIdp),
    /// The backend for frontend, with any OpenID provider and any APIs behind it.
    Bff(HostPart),
    /// The static host of the single-page application, with any OpenID provider and any API.
    Spa(HostPart),
    /// The business API, with tokens of any authorization server.
    Api(HostPart),
}

/// What `host idp` takes.
#[derive(Debug, Args)]
pub struct HostIdp {
    /// The configuration in TOML; --print-example shows one with every key in it.
    #[arg(long, value_name = "FILE", required_unless_present = "print_example")]
    pub config: Option<PathBuf>,
    /// Serve plain http on 127.0.0.1, with nothing to trust and without client certificates.
    #[arg(long)]
    pub http: bool,
    /// The port, 0 for any; by default that of the file's issuer, else 4700.
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Where to write the certificate, in PEM, that clients must trust; the authority behind it ends with the program.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["http", "print_example"],
        conflicts_with = "http"
    )]
    pub ca_out: Option<PathBuf>,
    /// The port that asks for client certificates, 0 for any.
    #[arg(long, value_name = "N", default_value_t = 4701, conflicts_with = "http")]
    pub mtls_port: u16,
    /// Serve the control API too: whoever reaches it may do everything to this provider.
    #[arg(long)]
    pub control: bool,
    /// The port of the control API, 0 for any.
    #[arg(long, value_name = "N", default_value_t = 4702, requires = "control")]
    pub control_port: u16,
    /// Print a configuration with every key in it, and stop.
    #[arg(long)]
    pub print_example: bool,
}

/// What `host bff`, `host spa` and `host api` take.
#[derive(Debug, Args)]
pub struct HostPart {
    /// The configuration in TOML; --print-example shows one with every key in it.
    #[arg(long, value_name = "FILE", required_unless_present = "print_example")]
    pub config: Option<PathBuf>,
    /// Trust the authorities in this file too, in PEM, beside those of the system; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub trust: Vec<PathBuf>,
    /// Where to write the certificate, in PEM, that clients of an https origin must trust; its authority ends with the program.
    #[arg(long, value_name = "FILE")]
    pub ca_out: Option<PathBuf>,
    /// Write what happens to the standard error; no secret and no content of a request stands in it.
    #[arg(long, value_enum, value_name = "FORM")]
    pub log: Option<LogForm>,
    /// Print a configuration with every key in it, and stop.
    #[arg(long)]
    pub print_example: bool,
}

/// How what happens is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// One line of JSON per event.
    Json,
}
