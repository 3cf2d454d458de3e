//! Where hosts are: in the run's table and nowhere else, or, for a client of the world, where the system finds them too.

use std::future::ready;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::client::legacy::connect::dns::Name;
use reqwest::dns::{Addrs, Resolve, Resolving};
use tower::Service;

use crate::names::Names;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How long the system may take to find a host.
const PATIENCE: Duration = Duration::from_secs(3);

/// How far a client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// To the names of the run, so that nothing leaves the machine.
    Run,
    /// To whatever the system finds.
    World,
}

/// Looks names up; clones share the table.
#[derive(Clone)]
pub(super) struct Resolver {
    pub(super) names: Names,
    reach: Reach,
}

impl Resolver {
    pub(super) fn new(names: &Names, reach: Reach) -> Self {
        Self { names: names.clone(), reach }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> Resolving {
        let host = name.as_str();
        if self.reach == Reach::Run || self.names.get(host).is_some() {
            return self.names.resolve(name);
        }
        // RFC 6761 §6.3: such a name is this machine's, whether the system knows that or not.
        if host == "localhost" || host.ends_with(".localhost") {
            return Box::pin(ready(Ok::<Addrs, BoxError>(here())));
        }
        let host = host.to_owned();
        Box::pin(async move { by_the_system(&host).await })
    }
}

/// What passes requests on asks in a way of its own.
impl Service<Name> for Resolver {
    type Response = Addrs;
    type Error = BoxError;
    type Future = Resolving;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Resolving {
        match name.as_str().parse::<reqwest::dns::Name>() {
            Ok(name) => self.resolve(name),
            Err(_) => Box::pin(ready(Err::<Addrs, BoxError>(format!("not a host name: {name}").into()))),
        }
    }
}

/// Both loopback addresses, at the port that the URL says.
fn here() -> Addrs {
    let addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    Box::new(addresses.into_iter())
}

async fn by_the_system(host: &str) -> Result<Addrs, BoxError> {
    let asked = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host, 0))).await;
    let found = asked.map_err(|_| format!("{host} was not found within {} s", PATIENCE.as_secs()))?;
    let found: Vec<SocketAddr> = found.map_err(|error| format!("{host} was not found: {error}"))?.collect();
    Ok(Box::new(found.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(reach: Reach, host: &str) -> Result<Vec<SocketAddr>, String> {
        let names = Names::default();
        names.insert("a.test", SocketAddr::from(([127, 0, 0, 2], 80)));
        let found = Resolver::new(&names, reach).resolve(host.parse().unwrap()).await;
        found.map(Iterator::collect).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn the_table_is_asked_first() {
        for reach in [Reach::Run, Reach::World] {
            assert_eq!(ask(reach, "a.test").await.unwrap(), [SocketAddr::from(([127, 0, 0, 2], 80))]);
        }
    }

    #[tokio::test]
    async fn a_run_knows_its_own_names_only() {
        let refused = ask(Reach::Run, "localhost").await.unwrap_err();
        assert_eq!(refused, "no such host in this run: localhost");
    }

    #[tokio::test]
    async fn names_of_this_machine_lead_to_loopback() {
        for host in ["localhost", "bff.localhost"] {
            let found = ask(Reach::World, host).await.unwrap();
            assert!(found.len() == 2 && found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
        }
    }
}
