//! Sign-ins under way, several in one browser where it has several tabs.
//!
//! The browser holds an opaque cookie for each; state, nonce and verifier stay here. What is found is taken out: a
//! sign-in ends with its first answer, right or wrong.

use std::time::Duration;

use hosting::{Clock, Credentials, Handed, Kind, base64url, random_token, sha256};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::remembered::{Drawer, Remembered};
use crate::session::cookie;
use crate::settings::{CookieParser, Settings, Tx};

/// How long a sign-in may take.
pub(crate) const LIFE: Duration = Duration::from_secs(900);
/// How many sign-ins of one browser may be under way.
const MOST: usize = 8;

/// One sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    pub(crate) return_url: String,
    /// Whether the provider was asked to ask nobody (OpenID Connect Core 1.0 §3.1.2.1, `prompt=none`).
    pub(crate) is_silent: bool,
    /// How old the user's sign-in at the provider may be (OpenID Connect Core 1.0 §3.1.2.1).
    pub(crate) max_age_s: Option<u64>,
    /// How the user shall be signed in (RFC 9470 §4).
    pub(crate) acr_values: Option<String>,
    /// The key of the session that this browser has had; its cookie is Strict, so it does not come to the callback.
    pub(crate) replaces: Option<String>,
    pub(crate) expires_s: u64,
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹sign-in›")
    }
}

/// The sign-ins under way.
pub(crate) struct Transactions {
    remembered: Remembered,
    tx: Tx,
    clock: Clock,
    credentials: Credentials,
}

impl Transactions {
    pub(crate) fn new(remembered: &Remembered, settings: &Settings, handed: &Handed) -> Self {
        Self {
            remembered: remembered.clone(),
            tx: settings.tx.clone(),
            clock: handed.clock.clone(),
            credentials: handed.credentials.clone(),
        }
    }

    /// Remembers a sign-in, and returns the `Set-Cookie` line that binds it to the browser.
    ///
    /// # Errors
    ///
    /// 503 when the store does not take it.
    pub(crate) async fn begin(&self, transaction: Transaction) -> Result<HeaderValue, Problem> {
        let name = name_for(&transaction.state);
        let value = random_token();
        self.credentials.mint(Kind::Transaction, &value);
        let life_s = transaction.expires_s.saturating_sub(self.clock.now_s()).min(LIFE.as_secs());
        let key = if self.tx.browser_bind.is_on() { &value } else { &transaction.state };
        self.remembered.put(Drawer::SignIn, key, &transaction, life_s).await?;
        Ok(cookie::set_transaction(&name, &value, life_s))
    }

    /// Takes out the sign-in that a response belongs to, with the line that makes the browser forget it.
    ///
    /// The cookie is found by `state`. Whoever does not compare `state` takes any sign-in of this browser, and whoever
    /// does not bind to the browser takes that of `state`, whichever browser brings it.
    ///
    /// # Errors
    ///
    /// 503 when the store does not answer.
    pub(crate) async fn take(
        &self,
        headers: &HeaderMap,
        state: &str,
    ) -> Result<Option<(Transaction, HeaderValue)>, Problem> {
        let Some((name, key)) = self.brought(headers, state) else { return Ok(None) };
        let found: Option<Transaction> = self.remembered.take(Drawer::SignIn, &key).await?;
        let alive = found.filter(|transaction| self.clock.now_s() < transaction.expires_s);
        Ok(alive.map(|transaction| (transaction, cookie::set_transaction(&name, "", 0))))
    }

    fn brought(&self, headers: &HeaderMap, state: &str) -> Option<(String, String)> {
        let name = name_for(state);
        if !self.tx.browser_bind.is_on() {
            return Some((name, state.to_owned()));
        }
        // Of two cookies of one name one is somebody else's, and nobody knows which.
        let value = |name: &str| cookie::read(CookieParser::Raw, headers, name).ok().flatten();
        if let Some(value) = value(&name) {
            return Some((name, value));
        }
        let any = cookie::names(headers, cookie::TRANSACTION).last().filter(|_| !self.tx.state.is_on())?;
        Some((any.to_owned(), value(any)?))
    }

    /// Returns the lines that make a browser forget its oldest sign-ins, so that another one has room.
    pub(crate) fn surplus(headers: &HeaderMap) -> Vec<HeaderValue> {
        let names: Vec<&str> = cookie::names(headers, cookie::TRANSACTION).filter(|name| is_ours(name)).collect();
        let surplus = (names.len() + 1).saturating_sub(MOST);
        names.into_iter().take(surplus).map(|name| cookie::set_transaction(name, "", 0)).collect()
    }
}

/// Names the cookie of a sign-in after its state, which tells nothing about it.
fn name_for(state: &str) -> String {
    format!("{}{}", cookie::TRANSACTION, &base64url(&sha256(state.as_bytes()))[..12])
}

fn is_ours(name: &str) -> bool {
    let rest = name.strip_prefix(cookie::TRANSACTION).unwrap_or_default();
    rest.len() == 12 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests;
