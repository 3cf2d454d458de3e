//! How many things the provider remembers.

use super::route::{Route, get};
use crate::Control;

pub(super) fn routes() -> Vec<Route> {
    vec![get("/counts", "countEverything", "Counts what has not expired, and drops what has").simply(Control::counts)]
}
