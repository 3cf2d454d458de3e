//! What stays open after its request: how much of it there may be, and when it ends.

mod places;
mod told;

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::Inner;

pub(crate) use places::{Open, Places};
pub(crate) use told::{News, Told};

/// How long a stream may carry no byte, in either direction.
pub(crate) const IDLE: Duration = Duration::from_secs(60);
/// How often the session of a stream is looked for: an end at another replica is noticed that late.
const LOOK: Duration = Duration::from_secs(1);

/// Waits until a session has ended, for whoever serves a stream of it.
///
/// An end at this replica is noticed at once, one at another replica within a second. A store that does not answer ends
/// the stream as well: nobody knows whether the session lives.
///
/// Source: OWASP ASVS 5.0.0 7.4.1.
pub(crate) async fn until_ended(bff: &Inner, key: &str) {
    if !bff.settings.ws.close_on_logout.is_on() {
        return std::future::pending().await;
    }
    let mut looks = interval_at(Instant::now() + LOOK, LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ended = pin!(bff.sessions.ended().notified());
    loop {
        tokio::select! {
            () = &mut ended => {}
            _ = looks.tick() => {}
        }
        // Listens again before it looks, so that no end falls in between.
        ended.set(bff.sessions.ended().notified());
        if !bff.sessions.is_alive(key).await.unwrap_or(false) {
            return;
        }
    }
}
