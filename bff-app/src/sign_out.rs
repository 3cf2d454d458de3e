//! One-time tickets that lead from the sign-out to the provider, so that no ID token comes into script's reach.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long a ticket works, in seconds.
const LIFE_S: u64 = 60;

#[derive(Default)]
pub(crate) struct Tickets(Mutex<HashMap<String, (String, u64)>>);

impl Tickets {
    /// Keeps where a ticket leads.
    pub(crate) fn issue(&self, ticket: &str, leads_to: String, now: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (_, expires)| *expires > now);
        all.insert(ticket.to_owned(), (leads_to, now + LIFE_S));
    }

    /// Returns where a ticket leads, once.
    pub(crate) fn redeem(&self, ticket: &str, now: u64) -> Option<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(ticket).filter(|(_, expires)| *expires > now).map(|(leads_to, _)| leads_to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_works_once_and_not_for_long() {
        let tickets = Tickets::default();
        tickets.issue("t", "https://i/end".to_owned(), 100);
        assert_eq!(tickets.redeem("t", 100).as_deref(), Some("https://i/end"));
        assert_eq!(tickets.redeem("t", 100), None);
        tickets.issue("u", "https://i/end".to_owned(), 100);
        assert_eq!(tickets.redeem("u", 160), None);
    }
}
