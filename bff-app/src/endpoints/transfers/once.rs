//! Orders that bear a name are carried out once, however often they come.
//!
//! A page that was without a network sends again what was never answered, and cannot know whether it arrived.
//!
//! Source: draft-ietf-httpapi-idempotency-key-header-07 §2.

use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use crate::Inner;
use crate::ledger::Transfer;
use crate::problem::Problem;
use crate::remembered::Drawer;
use crate::session::Session;

/// The header that names an order.
const HEADER: &str = "idempotency-key";
/// The longest name, in bytes.
const LONGEST: usize = 100;
/// How long an order is known by its name, in seconds: as long as a page may keep it without a network.
const LIFE_S: u64 = 24 * 3600;

/// An order that was carried out.
#[derive(Serialize, Deserialize)]
struct Done {
    from: String,
    to: String,
    amount: u64,
    number: u64,
}

/// Returns the name of an order, where it has one.
///
/// # Errors
///
/// 400 when it has two, or one that is no name.
pub(super) fn name(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut names = headers.get_all(HEADER).iter();
    let Some(name) = names.next() else { return Ok(None) };
    let name = name.to_str().ok().filter(|name| !name.is_empty() && name.len() <= LONGEST);
    match (name, names.next()) {
        (Some(name), None) => Ok(Some(name)),
        _ => Err(Problem::fixed(StatusCode::BAD_REQUEST, "Idempotency-Key must be one text of at most 100 characters")),
    }
}

/// Carries an order out, unless it was; then its number is told again. Whoever calls this sees it through to its end.
///
/// # Errors
///
/// As the order's own; 409 while it is being carried out, 422 when another order had this name, 503 when the store does
/// not answer.
pub(super) async fn carry_out(bff: &Inner, session: &Session, name: &str, order: &Transfer) -> Result<u64, Problem> {
    let key = format!("{}\n{name}", session.sub);
    if !bff.remembered.put_new(Drawer::Order, &key, LIFE_S).await? {
        return known(bff.remembered.get(Drawer::Order, &key).await?, order);
    }
    match super::carry_out(bff, &session.username, order) {
        Ok(number) => {
            let done = Done { from: order.from.clone(), to: order.to.clone(), amount: order.amount, number };
            // Without its number the name stays taken: sent again, the order is refused and never carried out twice.
            if bff.remembered.put(Drawer::Order, &key, &done, LIFE_S).await.is_err() {
                let again = bff.remembered.put(Drawer::Order, &key, &done, LIFE_S).await;
                _ = again.inspect_err(|problem| tracing::warn!(why = %problem.detail, "an order has lost its number"));
            }
            Ok(number)
        }
        Err(problem) => {
            // What was declined may be tried again.
            bff.remembered.take::<Option<Done>>(Drawer::Order, &key).await?;
            Err(problem)
        }
    }
}

fn known(done: Option<Done>, order: &Transfer) -> Result<u64, Problem> {
    match done {
        Some(done) if (&done.from, &done.to, done.amount) == (&order.from, &order.to, order.amount) => Ok(done.number),
        Some(_) => Err(Problem::fixed(StatusCode::UNPROCESSABLE_ENTITY, "another transfer was sent under this name")),
        None => Err(Problem::fixed(StatusCode::CONFLICT, "this transfer is being carried out")),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn named(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_str(value).unwrap());
        }
        name(&headers).ok().flatten().map(str::to_owned)
    }

    #[test]
    fn a_name_is_one_short_text() {
        assert_eq!(named(&["a"]).as_deref(), Some("a"));
        assert!(name(&HeaderMap::new()).is_ok_and(|name| name.is_none()));
        let long = "a".repeat(101);
        for wrong in [&[""] as &[&str], &["a", "b"], &[long.as_str()]] {
            assert_eq!(named(wrong), None);
        }
    }
}
