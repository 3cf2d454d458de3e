//! A play for the tests that cross crates: a deployment with changes, booted, and a browser that knows its names.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use hosting::{Authority, Exchange};
use scenarios::actors::browser::Browser;
use scenarios::actors::driver::Driver;
use scenarios::config::Config;
use scenarios::deployment;
use scenarios::page::Pages;
use scenarios::stage::{Stage, Theatre};
use scenarios::testbed::Scheme;

/// How long an exchange may be awaited.
const PATIENCE: Duration = Duration::from_secs(15);

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
    boot("bff", changes)
}

/// Boots the reference SPA with changes.
pub(crate) fn spa(changes: &[(&str, &str)]) -> Stage {
    boot("spa", changes)
}

/// Boots the reference token-mediating backend with changes.
pub(crate) fn tmb(changes: &[(&str, &str)]) -> Stage {
    boot("tmb", changes)
}

fn boot(id: &str, changes: &[(&str, &str)]) -> Stage {
    let named = deployment::ALL.iter().find(|named| named.id == id).expect("the deployment is named");
    let reference = named.deployment().expect("the reference exists");
    let changed = reference.with(changes.iter().copied()).expect("the changes exist");
    Stage::new(&theatre(), &changed, None).expect("it boots")
}

/// Starts a driver.
pub(crate) async fn driver() -> Driver {
    Driver::start(&Config::from_environment().installation).await.expect("the driver starts")
}

/// Opens a browser with a profile of its own.
pub(crate) async fn open(driver: &Driver, stage: &Stage) -> Browser {
    Browser::open(driver, &stage.testbed).await.expect("a browser opens")
}

/// Returns every request for a path so far, whatever its query.
pub(crate) fn asked(stage: &Stage, path: &str) -> Vec<Exchange> {
    stage.testbed.journal.exchanges().into_iter().filter(|exchange| is_at(exchange, path)).collect()
}

/// Waits until a path was asked for and answered.
pub(crate) async fn answered(stage: &Stage, path: &str) -> Exchange {
    let waiting = stage.testbed.journal.wait_for(|exchange| is_at(exchange, path));
    let found = tokio::time::timeout(PATIENCE, waiting).await;
    found.unwrap_or_else(|_| panic!("nobody asked for {path} in time")).expect("the play keeps a journal")
}

fn is_at(exchange: &Exchange, path: &str) -> bool {
    exchange.path.split('?').next() == Some(path)
}

/// Returns a header of a request, as the journal shows it.
pub(crate) fn header<'a>(exchange: &'a Exchange, name: &str) -> Option<&'a str> {
    exchange.request_headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
