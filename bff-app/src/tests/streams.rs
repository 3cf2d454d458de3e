//! The application's own streams, over server-sent events and WebSockets, and when they end; each switch off shows its
//! defect.

mod feed;
mod live;
pub(super) mod socket;

use hosting::{Authority, Credentials, Journal, Listener, Names, Outbound, Running, Timeouts, Wire};
use http::{Request, header, request};

use super::agent::{Agent, own};
use crate::Settings;

/// An application that is served, with its users, and a way to it.
pub(super) struct Play {
    pub(super) agent: Agent,
    pub(super) outbound: Outbound,
    pub(super) running: Running,
}

impl Play {
    /// Serves it as `bff.test`, over TLS, so that HTTP/2 is spoken, or over plain http.
    pub(super) fn start(settings: Settings, authority: Option<&Authority>) -> Self {
        let agent = Agent::new(settings);
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), authority).unwrap();
        let names = Names::default();
        names.insert("bff.test", listener.address());
        let journal = Journal::on(Credentials::default());
        let wire = Wire { authority: "bff.test".to_owned(), party: "bff", router: agent.router.clone() };
        let running = listener.serve(vec![wire], &journal);
        Self { agent, outbound: Outbound::new(&names, authority, journal, Timeouts::default()), running }
    }

    /// Moves money from alice to bob, as alice's page does.
    pub(super) async fn pay(&self, cookie: &str, amount: u64) {
        let order = format!("{{\"from\":\"alice-current\",\"to\":\"bob-current\",\"amount\":{amount}}}");
        let request = own("POST", "/api/transfers").header(header::COOKIE, cookie);
        let response = self.agent.send(request.header(header::CONTENT_TYPE, "application/json"), &order).await;
        assert!(response.status().is_success(), "{response:?}");
    }

    /// Ends every session of a user.
    pub(super) async fn sign_out(&self, sub: &str) {
        assert_eq!(self.agent.bff.sessions.end_by_sub(sub).await.unwrap(), 1);
    }
}

/// Asks for an event stream as the own page does.
fn event_source(cookie: &str) -> request::Builder {
    Request::get("/api/feed").header(header::COOKIE, cookie).header("sec-fetch-site", "same-origin")
}
