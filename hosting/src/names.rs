//! The names of one play and where they are; nothing else resolves, so nothing leaves the machine.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A table of host names that its clones share.
#[derive(Clone, Debug, Default)]
pub struct Names {
    table: Arc<RwLock<HashMap<String, SocketAddr>>>,
}

impl Names {
    /// Says where a host is.
    pub fn insert(&self, host: impl Into<String>, address: SocketAddr) {
        self.table.write().unwrap_or_else(PoisonError::into_inner).insert(host.into(), address);
    }

    /// Returns where a host is.
    pub fn get(&self, host: &str) -> Option<SocketAddr> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).get(host).copied()
    }

    /// Returns all names and addresses, sorted by name.
    pub fn all(&self) -> Vec<(String, SocketAddr)> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = table.iter().map(|(host, address)| (host.clone(), *address)).collect();
        all.sort();
        all
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.get(name.as_str());
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let address = found.ok_or_else(|| format!("no such host in this run: {host}"))?;
            Ok(Box::new(std::iter::once(address)) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_only_what_it_was_told() {
        let names = Names::default();
        let address = SocketAddr::from(([127, 0, 0, 1], 4000));
        names.clone().insert("bff.app1.test", address);
        assert_eq!(names.get("bff.app1.test"), Some(address));
        assert_eq!(names.get("example.org"), None);
    }
}
