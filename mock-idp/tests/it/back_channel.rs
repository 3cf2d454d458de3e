//! Back-channel logout, delivered to a real listener.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use hosting::{Clock, Credentials, Handed, Journal, Listener, Names, Outbound, Running, Timeouts, Wire};
use mock_idp::{Notified, Settings, Switch};
use serde_json::json;

use crate::agent::{Agent, ISSUER, claims};

struct Applications {
    agent: Agent,
    /// The logout tokens, with the names of those who got them.
    heard: Arc<Mutex<Vec<(&'static str, String)>>>,
    running: Running,
}

/// Serves two applications that answer as they are told: at once, or never.
fn applications(settings: Settings, hanging: &'static [&'static str]) -> Applications {
    let credentials = Credentials::default();
    let journal = Journal::on(credentials.clone());
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), None).unwrap();
    let names = Names::default();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let wire = |authority: &'static str| {
        names.insert(authority, listener.address());
        let heard = Arc::clone(&heard);
        let receive = move |form: String| async move {
            let token = form.strip_prefix("logout_token=").expect("a form with one field").to_owned();
            heard.lock().unwrap().push((authority, token));
            if hanging.contains(&authority) {
                std::future::pending::<()>().await;
            }
            StatusCode::OK
        };
        Wire {
            authority: authority.to_owned(),
            party: "app",
            router: Router::new().route("/backchannel-logout", post(receive)),
        }
    };
    let wires = vec![wire("bff.app.test"), wire("spa.app.test")];
    let running = listener.serve(wires, &journal);
    let timeouts = Timeouts { connect: Duration::from_secs(1), whole: Duration::from_secs(1) };
    let outbound = Outbound::new(&names, None, journal, timeouts);
    let agent = Agent::handed(settings, Handed { clock: Clock::system(), credentials, outbound });
    Applications { agent, heard, running }
}

#[tokio::test]
async fn every_application_of_the_session_hears_of_its_end() {
    let mut play = applications(Settings::default(), &[]);
    let bff = play.agent.sign_in("bff").await;
    play.agent.sign_in("spa").await;
    play.agent.get("/end_session", &[("id_token_hint", &bff.id)]).await;
    let heard = play.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 2, "delivered before the browser goes on");
    let (_, token) = heard.iter().find(|(host, _)| *host == "bff.app.test").unwrap();
    assert_eq!(jsonwebtoken::decode_header(token).unwrap().typ.as_deref(), Some("logout+jwt"));
    let claims = claims(token);
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], "bff");
    assert_eq!(claims["sub"], "sub-alice");
    assert_eq!(claims["sid"], crate::agent::claims(&bff.id)["sid"]);
    assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 120);
    assert_eq!(claims.get("nonce"), None);
    assert_eq!(play.agent.handed.credentials.label(token).unwrap().split('#').next(), Some("logout"));
    play.running.stop().await;
}

#[tokio::test]
async fn an_application_that_nobody_signed_in_to_hears_nothing() {
    let mut play = applications(Settings::default(), &[]);
    play.agent.sign_in("bff").await;
    let notified = play.agent.control.end_session_of("alice").await;
    assert_eq!(notified, [Notified { client_id: "bff".to_owned(), status: Some(200), attempts: 1 }]);
    assert_eq!(play.agent.control.end_session_of("bob").await, []);
}

#[tokio::test]
async fn applications_that_hang_cost_one_timeout_together() {
    let mut play = applications(Settings::default(), &["bff.app.test", "spa.app.test"]);
    play.agent.sign_in("bff").await;
    play.agent.sign_in("spa").await;
    let ending = play.agent.control.end_session_of("alice");
    let notified = tokio::time::timeout(Duration::from_millis(1_900), ending).await.expect("less than two timeouts");
    assert!(notified.iter().all(|notified| notified.status.is_none()), "{notified:?}");
    assert_eq!(play.heard.lock().unwrap().len(), 2);
    assert_eq!(play.agent.control.counts().sessions, 0);
}

#[tokio::test]
async fn without_back_channel_logout_nobody_hears() {
    let mut play = applications(Settings { bcl: Switch::Off, ..Settings::default() }, &[]);
    play.agent.sign_in("bff").await;
    assert_eq!(play.agent.control.end_session_of("alice").await, []);
    assert!(play.heard.lock().unwrap().is_empty());
    assert_eq!(play.agent.control.counts().sessions, 0);
}
