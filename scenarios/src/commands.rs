//! The verbs of the command line, one file each, and how they end.

mod doctor;
mod explain;
mod host;
mod list;
mod run;
mod select;
mod serve;
mod stop;

pub(crate) use explain::prediction;
pub use run::exit_of;

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::progress::say;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything ended as predicted, and what held is proven.
    Ok,
    /// A surprise, or something that held without proof.
    Gate,
    /// Wrong usage.
    Usage,
    /// The environment lacks something.
    Environment,
    /// Nothing was selected.
    Empty,
    /// The harness broke somewhere.
    Incomplete,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// Returns the exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Gate => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::Empty => 4,
            Self::Incomplete => 5,
            Self::Interrupted => 130,
        }
    }

    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Gate => "gate",
            Self::Usage => "usage",
            Self::Environment => "environment",
            Self::Empty => "empty",
            Self::Incomplete => "incomplete",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a verb could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// Why, and what to do.
    pub error: anyhow::Error,
}

impl Failure {
    /// Wrong usage.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into() }
    }

    /// The environment lacks something.
    pub fn environment(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Environment, error: error.into() }
    }
}

/// Does what the command line asks for, and says why where it could not.
pub async fn dispatch(cli: Cli, config: &Config) -> Exit {
    let ended = match cli.command {
        Command::Run(arguments) => run::run(arguments, config).await,
        Command::List { what } => Ok(list::list(what)),
        Command::Explain { id } => explain::explain(&id),
        Command::Serve(arguments) => serve::serve(arguments, config).await,
        Command::Host { what } => host::host(what).await,
        Command::Doctor => doctor::doctor(config).await,
        Command::Schema => {
            crate::progress::print(&reports::schema());
            Ok(Exit::Ok)
        }
    };
    ended.unwrap_or_else(|failure| {
        say(&format!("error: {:#}", failure.error));
        say(&format!("exit {} ({})", failure.exit.code(), failure.exit.name()));
        failure.exit
    })
}
