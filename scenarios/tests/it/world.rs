//! A play for the tests that cross crates: a deployment with changes, booted.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use hosting::Authority;
use scenarios::deployment;
use scenarios::page::Pages;
use scenarios::stage::{Stage, Theatre};
use scenarios::testbed::Scheme;

/// Makes what plays share.
pub(crate) fn theatre() -> Theatre {
    Theatre {
        scheme: Scheme::Tls(Authority::new()),
        pages: Arc::new(Pages::embedded().expect("the page is built")),
        numbers: Arc::new(AtomicUsize::new(0)),
    }
}

/// Boots the reference BFF with changes.
pub(crate) fn bff(changes: &[(&str, &str)]) -> Stage {
    let reference = deployment::ALL[0].deployment().expect("the reference exists");
    let changed = reference.with(changes.iter().copied()).expect("the changes exist");
    Stage::new(&theatre(), &changed, None).expect("it boots")
}
