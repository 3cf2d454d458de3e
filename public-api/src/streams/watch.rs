//! Watches the token of a stream, in a task of its own, so that a reader who does not read holds up nothing.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;

use crate::access_token::{Gate, Held};

/// Tells when a token has ended; nothing where nobody looks.
pub(super) fn watch(gate: Gate, held: Held, look: Duration) -> Option<oneshot::Receiver<()>> {
    if !gate.settings().live.recheck.is_on() {
        return None;
    }
    let (mut stream, ended) = oneshot::channel();
    tokio::spawn(async move {
        let has_ended = tokio::select! {
            () = stream.closed() => false,
            () = end_of(&gate, &held, look) => true,
        };
        if has_ended {
            let _ = stream.send(());
        }
    });
    Some(ended)
}

/// Waits for the end, in machine time: an end by our clock is seen at the next look, whenever the clock is moved.
async fn end_of(gate: &Gate, held: &Held, look: Duration) {
    let recheck = gate.settings().live.recheck_s.max(1);
    let mut looks = tokio::time::interval(look);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first look comes at once, when the token was just taken.
    for n in 0_u64.. {
        looks.tick().await;
        if gate.has_expired(held) || (n > 0 && n.is_multiple_of(recheck) && gate.is_withdrawn(held).await) {
            return;
        }
    }
}
