//! The business: whole units of money in accounts, moved from one to another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// What every account starts with.
const OPENING_BALANCE: u64 = 1_000;

/// How many accounts there are at most; whoever is new after that has none.
const MOST_ACCOUNTS: usize = 100_000;

/// How many transfers a slow reader may be behind before it misses some.
const REMEMBERED: usize = 256;

/// All accounts; clones share them.
#[derive(Clone, Debug)]
pub struct Ledger {
    books: Arc<Mutex<Books>>,
    carried_out: broadcast::Sender<Arc<Transferred>>,
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

/// Money that was moved.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Transferred {
    #[serde(rename = "transfer")]
    number: u64,
    from: String,
    to: String,
    amount: u64,
    /// Who paid, and who was paid.
    #[serde(skip)]
    owners: [String; 2],
}

impl Transferred {
    /// Tells whether somebody paid it or was paid.
    pub(crate) fn concerns(&self, user: &str) -> bool {
        self.owners.iter().any(|owner| owner == user)
    }

    /// Returns what readers are told.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a transfer is plain data")
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
        let (carried_out, _) = broadcast::channel(REMEMBERED);
        let ledger = Self { books: Arc::default(), carried_out };
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
        let id = format!("{owner}-current");
        let mut books = self.books();
        if books.accounts.len() < MOST_ACCOUNTS && !books.accounts.contains_key(&id) {
            let account = Account { id: id.clone(), owner: owner.to_owned(), balance: OPENING_BALANCE };
            books.accounts.insert(id.clone(), account);
        }
        books.accounts.get(&id).cloned().into_iter().collect()
    }

    /// Returns what is carried out from now on.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Arc<Transferred>> {
        self.carried_out.subscribe()
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
        let payee = recipient.owner.clone();
        if let Some(payer) = books.accounts.get_mut(from) {
            payer.balance = left;
        }
        books.transfers += 1;
        let number = books.transfers;
        let owners = [by.to_owned(), payee];
        // While the books are closed to others, so that readers see transfers in their order. Nobody may be reading.
        let transferred = Transferred { number, from: from.clone(), to: to.clone(), amount: *amount, owners };
        let _ = self.carried_out.send(Arc::new(transferred));
        Ok(number)
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

    #[test]
    fn tells_of_a_transfer_whom_it_concerns() {
        let ledger = Ledger::default();
        let mut told = ledger.watch();
        ledger.carry_out("bob", &transfer("alice-current", "bob-current", 1)).unwrap_err();
        ledger.carry_out("alice", &transfer("alice-current", "bob-current", 5)).unwrap();
        let transferred = told.try_recv().unwrap();
        let shown = serde_json::json!({"transfer": 1, "from": "alice-current", "to": "bob-current", "amount": 5});
        assert_eq!(serde_json::to_value(&*transferred).unwrap(), shown);
        for (user, concerned) in [("alice", true), ("bob", true), ("carol", false), ("alice-current", false)] {
            assert_eq!(transferred.concerns(user), concerned, "{user}");
        }
        assert!(told.try_recv().is_err(), "what was declined is not told");
    }

    #[test]
    fn there_is_a_last_account() {
        let ledger = Ledger::default();
        for n in 0..MOST_ACCOUNTS {
            ledger.accounts_of(&n.to_string());
        }
        assert!(ledger.accounts_of("too late").is_empty());
        assert_eq!(ledger.accounts_of("alice").len(), 1);
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
