//! The log of what happened: in order, with times, held together by one name, and without a secret.

use std::time::Duration;

use axum::http::StatusCode;
use mock_idp::{Event, Happened, Settings};

use crate::agent::{Agent, DpopKey, Tokens};

/// Returns what happened to a credential, and when, in milliseconds after a moment.
fn story(agent: &Agent, credential: &str, since_ms: u64) -> Vec<(Happened, u64)> {
    let label = agent.handed.credentials.label(credential).unwrap();
    let events = agent.control.events_after(0).into_iter();
    let own = events.filter(|event| event.credential.as_deref() == Some(label.as_str()));
    own.map(|event| (event.happened, event.at_ms - since_ms)).collect()
}

fn of(agent: &Agent, happened: Happened) -> Vec<Event> {
    agent.control.events_after(0).into_iter().filter(|event| event.happened == happened).collect()
}

fn pass(agent: &Agent) {
    agent.handed.clock.advance(Duration::from_millis(1_500));
}

#[tokio::test]
async fn a_tokens_story_is_told_in_order_with_times() {
    let mut agent = Agent::new(Settings::default());
    let begin_ms = agent.control.now_s() * 1_000;
    let code = agent.code("bff").await;
    pass(&agent);
    let tokens = Tokens::of(&agent.redeem("bff", &code).await);
    pass(&agent);
    agent.userinfo(&[("authorization", &format!("Bearer {}", tokens.access))]).await;
    pass(&agent);
    assert!(agent.is_active(&tokens.access).await);
    pass(&agent);
    agent.revoke("bff", &tokens.access).await;
    pass(&agent);
    assert!(!agent.is_active(&tokens.access).await);

    assert_eq!(story(&agent, &code, begin_ms), [(Happened::Issued, 0), (Happened::Used, 1_500)]);
    assert_eq!(
        story(&agent, &tokens.access, begin_ms),
        [
            (Happened::Issued, 1_500),
            (Happened::Used, 3_000),
            (Happened::Introspected, 4_500),
            (Happened::Revoked, 6_000),
            (Happened::FoundInactive, 7_500),
        ]
    );
    let inactive = of(&agent, Happened::FoundInactive);
    assert_eq!(inactive.len(), 1);
    assert_eq!((inactive[0].at_ms - begin_ms, inactive[0].client_id.as_deref()), (7_500, Some("api")));
}

#[tokio::test]
async fn what_is_found_inactive_is_named_and_belongs_to_its_sign_in_while_that_is_remembered() {
    let mut agent = Agent::new(Settings::default());
    let tokens = agent.sign_in("bff").await;
    agent.control.end_session_of("alice").await;
    assert!(!agent.is_active(&tokens.access).await && !agent.is_active(&tokens.refresh).await);
    assert!(!agent.is_active("a-token-that-nobody-issued").await);
    let correlation = of(&agent, Happened::SignedIn)[0].correlation.clone();
    assert!(correlation.is_some());
    let inactive = of(&agent, Happened::FoundInactive);
    for (event, token) in inactive.iter().zip([&tokens.access, &tokens.refresh]) {
        assert_eq!(event.credential, agent.handed.credentials.label(token));
        assert_eq!(event.correlation, correlation, "{event:?}");
    }
    let unknown = &inactive[2];
    assert!(unknown.credential.as_deref().unwrap().starts_with("at:"), "{unknown:?}");
    assert_eq!((unknown.correlation.as_deref(), unknown.client_id.as_deref()), (None, Some("api")));
}

#[tokio::test]
async fn one_name_holds_a_sign_in_together_from_the_code_to_the_last_token() {
    let mut agent = Agent::new(Settings::default());
    let first = agent.sign_in("bff").await;
    let second = Tokens::of(&agent.refresh("bff", &first.refresh).await);
    agent.introspect(&second.access).await;
    agent.revoke("bff", &second.refresh).await;
    let events: Vec<Event> =
        agent.control.events_after(0).into_iter().filter(|event| event.client_id.as_deref() == Some("bff")).collect();
    let correlation = events[0].correlation.clone().unwrap();
    for event in &events {
        assert_eq!(event.correlation.as_ref(), Some(&correlation), "{event:?}");
        assert_eq!(event.sub.as_deref(), Some("sub-alice"), "{event:?}");
    }
    let happened: Vec<Happened> = events.iter().map(|event| event.happened).collect();
    assert_eq!(happened[..2], [Happened::SignedIn, Happened::Issued], "the user, then the code");
    assert_eq!(happened.last(), Some(&Happened::Revoked), "the family");
    let other = agent.stranger().sign_in("bff").await;
    let label = agent.handed.credentials.label(&other.access);
    let issued = of(&agent, Happened::Issued).into_iter().find(|event| event.credential == label).unwrap();
    assert_ne!(issued.correlation, Some(correlation), "another sign-in has another name");
}

#[tokio::test]
async fn events_are_numbered_without_a_gap_and_can_be_read_from_any_of_them() {
    let mut agent = Agent::new(Settings::default());
    agent.sign_in("bff").await;
    let events = agent.control.events_after(0);
    let numbers: Vec<u64> = events.iter().map(|event| event.n).collect();
    assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
    assert!(events.is_sorted_by_key(|event| event.at_ms));
    assert_eq!(agent.control.events_after(2).len(), events.len() - 2);
    agent.sign_in("spa").await;
    assert!(agent.control.events_after(events.len() as u64).iter().all(|event| event.n > events.len() as u64));
}

#[tokio::test]
async fn reuse_is_written_down_with_what_it_led_to() {
    let mut agent = Agent::new(Settings::default());
    let code = agent.code("spa").await;
    let tokens = Tokens::of(&agent.redeem("spa", &code).await);
    agent.redeem("spa", &code).await;
    let happened =
        |agent: &Agent| -> Vec<Happened> { agent.control.events_after(0).iter().map(|event| event.happened).collect() };
    assert!(happened(&agent).contains(&Happened::Reused) && happened(&agent).contains(&Happened::Revoked));
    assert_eq!(story(&agent, &code, 0).last().unwrap().0, Happened::Reused);
    assert!(!agent.is_active(&tokens.access).await);

    let tokens = agent.sign_in("spa").await;
    agent.refresh("spa", &tokens.refresh).await;
    agent.refresh("spa", &tokens.refresh).await;
    let story: Vec<Happened> = story(&agent, &tokens.refresh, 0).into_iter().map(|(happened, _)| happened).collect();
    assert_eq!(story, [Happened::Issued, Happened::Used, Happened::Reused]);
}

#[tokio::test]
async fn sessions_begin_and_end_in_the_log() {
    let mut agent = Agent::new(Settings::default());
    agent.sign_in("bff").await;
    agent.control.end_session_of("alice").await;
    assert_eq!(of(&agent, Happened::SignedIn)[0].sub.as_deref(), Some("sub-alice"));
    assert_eq!(of(&agent, Happened::SessionEnded)[0].sub.as_deref(), Some("sub-alice"));
    assert_eq!(of(&agent, Happened::Administered).len(), 1);
    // Nobody listens at the application's address.
    assert_eq!(of(&agent, Happened::LogoutUndelivered)[0].client_id.as_deref(), Some("bff"));
}

#[tokio::test]
async fn each_logout_token_carries_the_name_of_the_sign_in_that_it_ends() {
    let mut agent = Agent::new(Settings::default());
    for client_id in ["bff", "spa"] {
        agent.change_client(client_id, |client| {
            client.backchannel_logout_uri = Some(format!("https://{client_id}.nobody.test/logout"));
        });
        agent.sign_in(client_id).await;
    }
    let name_of = |happened: Happened, client_id: Option<&str>| -> Option<String> {
        let found = of(&agent, happened).into_iter().find(|event| event.client_id.as_deref() == client_id);
        found.unwrap_or_else(|| panic!("{happened:?} of {client_id:?}")).correlation
    };
    agent.control.end_session_of("alice").await;
    let (bff, spa) = (name_of(Happened::Issued, Some("bff")), name_of(Happened::Issued, Some("spa")));
    assert!(bff.is_some() && spa.is_some() && bff != spa);
    assert_eq!(name_of(Happened::SignedIn, Some("bff")), bff);
    assert_eq!(name_of(Happened::SessionEnded, None), bff, "the session was begun by it");
    assert_eq!(name_of(Happened::LogoutUndelivered, Some("bff")), bff);
    assert_eq!(name_of(Happened::LogoutUndelivered, Some("spa")), spa);
}

#[tokio::test]
async fn no_event_shows_a_credential() {
    let mut agent = Agent::new(Settings::default());
    agent.change_user("alice", |alice| alice.one_time_code = Some(hosting::Secret::new("424242"))).await;
    let tokens = agent.sign_in("bff").await;
    let refreshed = Tokens::of(&agent.refresh("bff", &tokens.refresh).await);
    let form = [("client_id", "spa"), ("grant_type", "refresh_token"), ("refresh_token", &refreshed.refresh)];
    agent.call_bound(&DpopKey::generate(), &form).await;
    agent.introspect(&refreshed.access).await;
    let exchange = [
        ("client_id", "gateway"),
        ("client_secret", "gateway-secret"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", &refreshed.access),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ];
    let exchanged = agent.call("/token", &exchange).await;
    assert_eq!(exchanged.status, StatusCode::OK, "{}", exchanged.text);
    agent.push("bff", &[]).await;
    agent.revoke("bff", &refreshed.refresh).await;
    agent.control.change_password("alice", hosting::Secret::new("another-password")).await;
    let text = serde_json::to_string(&agent.control.events_after(0)).unwrap();
    let found = agent.handed.credentials.found_in(&text);
    assert!(found.is_empty(), "{found:?}");
    for (_, label, secret) in agent.handed.credentials.all() {
        assert!(!text.contains(secret.expose()), "{label}");
    }
    for cookie in agent.cookies.values() {
        assert!(!text.contains(cookie.as_str()), "{cookie}");
    }
    assert!(!text.contains("424242"));
}
