//! The business: whole units of money in accounts, moved from one to another.
//!
//! Accounts belong to usernames (`preferred_username`), so that those of the testbed have readable names. That is a
//! testbed's convenience: users may change such a name, and whoever takes another's has that user's accounts. A business
//! of one's own keeps what users own by `iss` and `sub` (OpenID Connect Core 1.0 §5.7).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// What every account starts with.
const OPENING_BALANCE: u64 = 1_000;
/// How many transfers are kept for a watcher that is slow; what is older is lost to it, and it is told so.
const KEPT_FOR_WATCHERS: usize = 64;

/// All accounts; clones share them.
#[derive(Clone, Debug)]
pub struct Ledger {
    books: Arc<Mutex<Books>>,
    carried_out: broadcast::Sender<Arc<Event>>,
}

#[derive(Debug, Default)]
struct Books {
    accounts: BTreeMap<String, Account>,
    transfers: u64,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) balance: u64,
}

/// An order to move money.
#[derive(Debug, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) amount: u64,
}

/// A transfer that was carried out, as those are told whom it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Event {
    #[serde(rename = "transfer")]
    pub(crate) number: u64,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) amount: u64,
    #[serde(skip)]
    owners: [String; 2],
}

impl Event {
    /// Tells whether one of the accounts is somebody's.
    pub(crate) fn concerns(&self, owner: &str) -> bool {
        self.owners.iter().any(|known| known == owner)
    }
}

/// Why no money was moved.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Declined {
    #[error("no account {0:?} of yours")]
    NotYours(String),
    #[error("there is no account {0:?} to send to")]
    NoRecipient(String),
    #[error("an amount of {0} cannot be sent: send at least 1, to another account")]
    Nothing(u64),
    #[error("the balance of {balance} does not cover {amount}")]
    NotCovered { balance: u64, amount: u64 },
}

impl Default for Ledger {
    fn default() -> Self {
        let ledger = Self { books: Arc::default(), carried_out: broadcast::Sender::new(KEPT_FOR_WATCHERS) };
        for owner in ["alice", "bob"] {
            ledger.accounts_of(owner);
        }
        ledger
    }
}

impl Ledger {
    /// Counts the transfers that were carried out.
    pub fn transfers(&self) -> u64 {
        self.books().transfers
    }

    /// Returns what somebody owns; who is new gets an account, so that users of any provider can be served.
    pub(crate) fn accounts_of(&self, owner: &str) -> Vec<Account> {
        let mut books = self.books();
        let id = format!("{owner}-current");
        books.accounts.entry(id.clone()).or_insert_with(|| Account {
            id,
            owner: owner.to_owned(),
            balance: OPENING_BALANCE,
        });
        books.accounts.values().filter(|account| account.owner == owner).cloned().collect()
    }

    /// Moves money and returns the number of the transfer.
    pub(crate) fn carry_out(&self, by: &str, transfer: &Transfer) -> Result<u64, Declined> {
        let Transfer { from, to, amount } = transfer;
        let mut books = self.books();
        let payer = books.accounts.get(from).filter(|account| account.owner == by);
        let balance = payer.ok_or_else(|| Declined::NotYours(from.clone()))?.balance;
        if *amount == 0 || from == to {
            return Err(Declined::Nothing(*amount));
        }
        let left = balance.checked_sub(*amount).ok_or(Declined::NotCovered { balance, amount: *amount })?;
        let recipient = books.accounts.get_mut(to).ok_or_else(|| Declined::NoRecipient(to.clone()))?;
        recipient.balance += amount;
        let owners = [by.to_owned(), recipient.owner.clone()];
        if let Some(payer) = books.accounts.get_mut(from) {
            payer.balance = left;
        }
        books.transfers += 1;
        let number = books.transfers;
        // Under the lock, so that everybody is told in the order of the numbers; nobody may be watching.
        let _ = self.carried_out.send(Arc::new(Event {
            number,
            from: from.clone(),
            to: to.clone(),
            amount: *amount,
            owners,
        }));
        Ok(number)
    }

    /// Tells of every transfer from now on.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Arc<Event>> {
        self.carried_out.subscribe()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(from: &str, to: &str, amount: u64) -> Transfer {
        Transfer { from: from.to_owned(), to: to.to_owned(), amount }
    }

    #[test]
    fn moves_money_and_counts() {
        let ledger = Ledger::default();
        assert_eq!(ledger.carry_out("alice", &transfer("alice-current", "bob-current", 300)), Ok(1));
        assert_eq!(ledger.accounts_of("alice")[0].balance, 700);
        assert_eq!(ledger.accounts_of("bob")[0].balance, 1_300);
        assert_eq!(ledger.transfers(), 1);
    }

    #[test]
    fn moves_nothing_of_others() {
        let refused = Ledger::default().carry_out("bob", &transfer("alice-current", "bob-current", 1));
        assert_eq!(refused, Err(Declined::NotYours("alice-current".to_owned())));
    }

    #[tokio::test]
    async fn a_watcher_is_told_what_is_carried_out_and_whom_it_concerns() {
        let ledger = Ledger::default();
        ledger.accounts_of("carol");
        let mut watcher = ledger.watch();
        ledger.carry_out("alice", &transfer("alice-current", "bob-current", 0)).unwrap_err();
        ledger.carry_out("alice", &transfer("alice-current", "bob-current", 7)).unwrap();
        let event = watcher.recv().await.unwrap();
        assert!(event.concerns("alice") && event.concerns("bob") && !event.concerns("carol"));
        let told = serde_json::to_value(&*event).unwrap();
        assert_eq!(
            told,
            serde_json::json!({ "transfer": 1, "from": "alice-current", "to": "bob-current", "amount": 7 })
        );
    }

    #[tokio::test]
    async fn a_slow_watcher_is_told_how_much_it_has_missed() {
        let ledger = Ledger::default();
        let mut watcher = ledger.watch();
        for _ in 0..=KEPT_FOR_WATCHERS {
            ledger.carry_out("alice", &transfer("alice-current", "bob-current", 1)).unwrap();
        }
        assert_eq!(watcher.recv().await, Err(broadcast::error::RecvError::Lagged(1)));
        assert_eq!(watcher.recv().await.unwrap().number, 2);
    }

    proptest::proptest! {
        #[test]
        fn money_is_neither_made_nor_lost(moves in proptest::collection::vec((0..2_usize, 0..2_usize, proptest::num::u64::ANY), 0..40)) {
            let ledger = Ledger::default();
            for (from, to, amount) in moves {
                let owners = ["alice", "bob"];
                let amount = if amount % 3 == 0 { amount } else { amount % 500 };
                let order = transfer(&format!("{}-current", owners[from]), &format!("{}-current", owners[to]), amount);
                let _ = ledger.carry_out(owners[from], &order);
            }
            let total: u64 = ["alice", "bob"].iter().flat_map(|owner| ledger.accounts_of(owner)).map(|account| account.balance).sum();
            proptest::prop_assert_eq!(total, 2 * OPENING_BALANCE);
        }
    }
}
