//! `versus host`: one part of the testbed alone on loopback, for other programs, until interrupted.
//!
//! The identity provider reaches this machine only. The other parts reach the peers that their configuration names, wherever
//! those are, and trust whom the system trusts.

mod addresses;
mod api;
mod bff;
mod idp;
mod log;
mod place;
mod provider;
mod spa;
mod written;

use super::{Exit, Failure};
use crate::cli::HostWhat;

/// Serves until the person interrupts.
pub(super) async fn host(what: HostWhat) -> Result<Exit, Failure> {
    match what {
        HostWhat::Idp(arguments) => idp::host(&arguments).await,
        HostWhat::Bff(arguments) => bff::host(&arguments).await,
        HostWhat::Spa(arguments) => spa::host(&arguments).await,
        HostWhat::Api(arguments) => api::host(&arguments).await,
    }
}
