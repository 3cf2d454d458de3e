//! What happened, in order: what was issued, used, introspected and revoked, and when.

use schemars::JsonSchema;
use serde::Deserialize;

use super::input::Query;
use super::route::{Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![get("/events", "listEvents", "Lists what happened after an event, oldest first").answers(
        |Call { control, input: Query(After { after }), .. }: Call<Query<After>>| Ok(control.events_after(after)),
    )]
}

/// Where to begin.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct After {
    /// The number of the last event that is known already; 0 lists whatever was kept.
    #[serde(default)]
    after: u64,
}
