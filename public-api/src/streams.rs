//! Streams of what happens, which outlive the request that opened them and end with its token.

mod socket;
mod subscription;
mod tickets;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access_token::{Gate, Held};
use crate::cors;
use crate::ledger::Ledger;
use crate::problem::Problem;
pub(crate) use socket::{Introduction, LONGEST_MESSAGE, introduce, serve};
pub(crate) use subscription::{News, Subscription};
use tickets::Tickets;

/// How many streams are open at once at most.
const MOST: usize = 256;
/// How many WebSockets may wait at once to show their token.
const MOST_WAITING: usize = 64;

/// How long things take in machine time; tests are in more of a hurry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// From one look at a stream's token to the next; the issuer is asked at every `live.recheck_s`-th.
    pub(crate) look: Duration,
    /// Until a WebSocket has shown its token.
    pub(crate) introduction: Duration,
    /// From one ping to the next; who has not answered by then is gone.
    pub(crate) ping: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { look: seconds(1), introduction: seconds(5), ping: seconds(15) }
    }
}

/// What opens streams; clones share it.
#[derive(Clone)]
pub(crate) struct Streams(Arc<Inner>);

struct Inner {
    gate: Gate,
    ledger: Ledger,
    pace: Pace,
    origins: Vec<HeaderValue>,
    tickets: Tickets,
    open: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Streams {
    pub(crate) fn new(gate: Gate, ledger: Ledger, pace: Pace) -> Self {
        Self(Arc::new(Inner {
            origins: cors::listed(gate.config()),
            tickets: Tickets::new(gate.clock().clone(), gate.credentials().clone()),
            open: Arc::new(Semaphore::new(MOST)),
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            gate,
            ledger,
            pace,
        }))
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn pace(&self) -> Pace {
        self.0.pace
    }

    /// Begins to tell the holder of a token what concerns them.
    ///
    /// # Errors
    ///
    /// A problem with 503 when there are too many streams.
    pub(crate) fn subscribe(&self, held: Held) -> Result<Subscription, Problem> {
        let place = place(&self.0.open)?;
        let caller = held.caller().clone();
        let ended = watch::watch(self.0.gate.clone(), held, self.0.pace.look);
        Ok(Subscription::new(caller, self.0.ledger.watch(), ended, place))
    }

    /// Lets a WebSocket wait until it has shown its token.
    ///
    /// # Errors
    ///
    /// A problem with 503 when too many wait.
    pub(crate) fn wait(&self) -> Result<OwnedSemaphorePermit, Problem> {
        place(&self.0.waiting)
    }

    /// Gives a ticket for a token.
    ///
    /// # Errors
    ///
    /// A problem with 503 when too many are unused.
    pub(crate) fn issue_ticket(&self, held: Held) -> Result<String, Problem> {
        self.0.tickets.issue(held).ok_or_else(too_many)
    }

    /// Takes a ticket, once.
    pub(crate) fn take_ticket(&self, ticket: &str) -> Option<Held> {
        self.0.tickets.take(ticket)
    }

    /// Refuses a WebSocket of a page that is not on the list.
    ///
    /// Browsers name the page with every handshake, and let no page send an `Authorization` header with one: a request
    /// with such a header and without an `Origin` comes from no page.
    ///
    /// Source: RFC 6455 §10.2, OWASP WSTG CLNT-10.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let is_page = headers.contains_key(header::ORIGIN) || !headers.contains_key(header::AUTHORIZATION);
        let is_listed = || cors::origin(headers).is_some_and(|origin| self.0.origins.contains(origin));
        if self.0.gate.settings().live.origin.is_on() && is_page && !is_listed() {
            return Err(Problem::new(StatusCode::FORBIDDEN, "this page may open no stream here"));
        }
        Ok(())
    }
}

fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(places).try_acquire_owned().map_err(|_| too_many())
}

fn too_many() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many streams are open")
}
