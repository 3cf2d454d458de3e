//! The provider's clock, which can be moved forward.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::Body;
use super::refusal::Refusal;
use super::route::{Call, Route, get, post};
use crate::{Control, Notified};

/// How far one request moves the clock at most, in seconds: ten years, far from where its milliseconds would begin again at 0.
const FURTHEST_S: u64 = 10 * 365 * 24 * 60 * 60;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/clock", "readClock", "Reads the clock").simply(read),
        post("/clock/advance", "advanceClock", "Moves the clock forward, and sends what was held back until then")
            .awaits(advance),
    ]
}

/// What the clock shows.
#[derive(Serialize, JsonSchema)]
struct Clock {
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    now_s: u64,
}

/// How far the clock is moved.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// Seconds; it never goes back.
    seconds: u64,
}

fn read(control: &Control) -> Clock {
    Clock { now_s: control.now_s() }
}

async fn advance(
    Call { control, input: Body(Advance { seconds }), .. }: Call<Body<Advance>>,
) -> Result<Vec<Notified>, Refusal> {
    if seconds > FURTHEST_S {
        let error = format!("seconds cannot be {seconds}");
        return Err(Refusal::unprocessable(error, format!("move it by {FURTHEST_S} at most")));
    }
    Ok(control.advance(Duration::from_secs(seconds)).await)
}
