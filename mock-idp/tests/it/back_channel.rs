//! Back-channel logout, delivered to a real listener.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use hosting::{Clock, Credentials, Handed, Journal, Listener, Names, Outbound, Running, Timeouts, Wire};
use mock_idp::{LogoutSubject, Notified, Settings, Switch};
use serde_json::json;

use crate::agent::{Agent, ISSUER, claims};

/// What every application does with a logout token.
#[derive(Clone, Copy)]
enum Reaction {
    Take,
    /// It never answers.
    Hang,
    /// It fails so many times, and takes the next one.
    FailFirst(usize),
}

struct Applications {
    agent: Agent,
    /// The logout tokens, with the names of those who got them.
    heard: Arc<Mutex<Vec<(&'static str, String)>>>,
    running: Running,
}

/// Serves two applications.
fn applications(settings: Settings, reaction: Reaction) -> Applications {
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
            let count = {
                let mut heard = heard.lock().unwrap();
                heard.push((authority, token));
                heard.len()
            };
            match reaction {
                Reaction::Hang => std::future::pending::<StatusCode>().await,
                Reaction::FailFirst(times) if count <= times => StatusCode::INTERNAL_SERVER_ERROR,
                Reaction::Take | Reaction::FailFirst(_) => StatusCode::OK,
            }
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

/// What is said of telling the first application.
fn of_bff(status: Option<u16>, attempts: u64) -> Notified {
    Notified { client_id: "bff".to_owned(), status, attempts }
}

#[tokio::test]
async fn every_application_of_the_session_hears_of_its_end() {
    let mut play = applications(Settings::default(), Reaction::Take);
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
    let mut play = applications(Settings::default(), Reaction::Take);
    play.agent.sign_in("bff").await;
    assert_eq!(play.agent.control.end_session_of("alice").await, [of_bff(Some(200), 1)]);
    assert_eq!(play.agent.control.end_session_of("bob").await, []);
}

#[tokio::test]
async fn applications_that_hang_cost_one_timeout_together() {
    let mut play = applications(Settings::default(), Reaction::Hang);
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
    let mut play = applications(Settings { bcl: Switch::Off, ..Settings::default() }, Reaction::Take);
    play.agent.sign_in("bff").await;
    assert_eq!(play.agent.control.end_session_of("alice").await, []);
    assert!(play.heard.lock().unwrap().is_empty());
    assert_eq!(play.agent.control.counts().sessions, 0);
}

#[tokio::test]
async fn an_application_that_fails_is_told_again_at_once_and_the_next_time() {
    for (failures, told, undelivered) in [(2, of_bff(Some(200), 3), 0), (3, of_bff(Some(500), 3), 1)] {
        let mut play = applications(Settings::default(), Reaction::FailFirst(failures));
        play.agent.sign_in("bff").await;
        assert_eq!(play.agent.control.end_session_of("alice").await, [told], "after {failures} failures");
        assert_eq!(play.agent.control.counts().undelivered, undelivered, "after {failures} failures");
        let heard = play.heard.lock().unwrap().clone();
        assert!(heard.len() == 3 && heard.iter().all(|(_, token)| *token == heard[0].1), "one token, three times");
        let again = play.agent.control.redeliver().await;
        assert_eq!(again, vec![of_bff(Some(200), 1); undelivered], "after {failures} failures");
        assert_eq!(play.agent.control.counts().undelivered, 0);
        play.running.stop().await;
    }
}

/// Source: OpenID Connect Back-Channel Logout 1.0 §2.2 and §2.4.
#[tokio::test]
async fn a_logout_token_names_whom_the_setting_says_and_the_session_where_the_client_demands_it() {
    let rows = [
        (LogoutSubject::Both, false, [true, true]),
        (LogoutSubject::Sub, false, [true, false]),
        (LogoutSubject::Sid, false, [false, true]),
        (LogoutSubject::Sub, true, [true, true]),
        (LogoutSubject::Sid, true, [false, true]),
    ];
    for (bcl_subject, is_demanded, named) in rows {
        let mut play = applications(Settings { bcl_subject, ..Settings::default() }, Reaction::Take);
        play.agent.change_client("bff", |client| client.backchannel_logout_session_required = is_demanded);
        let id_token = claims(&play.agent.sign_in("bff").await.id);
        play.agent.control.end_session_of("alice").await;
        let told = claims(&play.heard.lock().unwrap()[0].1);
        for (name, is_named) in ["sub", "sid"].into_iter().zip(named) {
            let expected = is_named.then_some(&id_token[name]);
            assert_eq!(told.get(name), expected, "{name} under {bcl_subject:?}, demanded: {is_demanded}");
        }
        play.running.stop().await;
    }
}

#[tokio::test]
async fn each_replica_of_an_application_is_told_and_redelivered_by_itself() {
    let mut play = applications(Settings::default(), Reaction::FailFirst(1));
    play.agent.change_client("bff", |client| {
        client.backchannel_logout_replicas =
            vec!["http://spa.app.test/backchannel-logout".to_owned(), "http://nobody.app.test/".to_owned()];
    });
    play.agent.sign_in("bff").await;
    let notified = play.agent.control.end_session_of("alice").await;
    assert_eq!(notified.iter().map(|notified| notified.status).collect::<Vec<_>>(), [Some(200), Some(200), None]);
    assert_eq!(play.agent.control.counts().undelivered, 1, "the replica that nobody can reach");
    assert_eq!(play.agent.control.redeliver().await, [of_bff(None, 3)]);
    let heard = play.heard.lock().unwrap().clone();
    assert!(["bff.app.test", "spa.app.test"].iter().all(|host| heard.iter().any(|(at, _)| at == host)), "{heard:?}");
    assert!(heard.iter().all(|(_, token)| claims(token)["aud"] == "bff"));
    play.running.stop().await;
}
