//! The users' sessions at the provider.

use super::input::Nothing;
use super::refusal::Refusal;
use super::route::{Call, Route, delete, get};
use crate::{Control, Notified};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/sessions", "listSessions", "Lists the sessions that have not ended").simply(Control::sessions),
        delete("/sessions/{sid}", "endSession", "Ends a session and tells its applications").awaits(end),
    ]
}

async fn end(Call { control, named, .. }: Call<Nothing>) -> Result<Vec<Notified>, Refusal> {
    let sessions = control.sessions();
    if sessions.iter().any(|session| session.sid == named) {
        return Ok(control.end_session(&named).await);
    }
    Err(Refusal::unknown("session", &named, sessions.iter().map(|session| session.sid.as_str()), "GET /sessions"))
}
