//! Tickets: each opens one WebSocket for the token that it was given for, soon.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hosting::{Clock, Credentials, Kind, random_token, sha256};

use crate::access_token::Held;

/// How long a ticket works.
const LIFE: Duration = Duration::from_secs(30);
/// How many are unused at once at most.
const MOST: usize = 1_000;

pub(super) struct Tickets {
    clock: Clock,
    credentials: Credentials,
    /// By the digest of the ticket, so that the memory of this process is no place to collect tickets from.
    issued: Mutex<HashMap<[u8; 32], Ticket>>,
}

struct Ticket {
    until: Duration,
    held: Held,
}

impl Tickets {
    pub(super) fn new(clock: Clock, credentials: Credentials) -> Self {
        Self { clock, credentials, issued: Mutex::default() }
    }

    /// Gives a ticket; nothing when too many are unused.
    pub(super) fn issue(&self, held: Held) -> Option<String> {
        let now = self.clock.now();
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if issued.len() >= MOST {
            issued.retain(|_, ticket| now < ticket.until);
        }
        if issued.len() >= MOST {
            return None;
        }
        let ticket = random_token();
        self.credentials.mint(Kind::OneTime, &ticket);
        issued.insert(sha256(ticket.as_bytes()), Ticket { until: now + LIFE, held });
        Some(ticket)
    }

    /// Takes a ticket; of two who try, one gets what it is for.
    pub(super) fn take(&self, ticket: &str) -> Option<Held> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = issued.remove(&sha256(ticket.as_bytes()))?;
        (self.clock.now() < ticket.until).then_some(ticket.held)
    }
}
