//! The logout tokens that no application has taken.

use super::input::Nothing;
use super::route::{Call, Route, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        post("/logout-tokens/redeliver", "redeliverLogoutTokens", "Sends again every logout token that nobody took")
            .awaits(|Call { control, .. }: Call<Nothing>| async move { Ok(control.redeliver().await) }),
    ]
}
