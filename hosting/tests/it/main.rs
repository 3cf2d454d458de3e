//! What crosses the listener, the outbound client and the journal.

mod client_certificates;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use hosting::{Authority, Credentials, Journal, Kind, Listener, Names, Outbound, Running, Timeouts, Wire};

struct Play {
    credentials: Credentials,
    journal: Journal,
    outbound: Outbound,
    running: Running,
}

fn ephemeral() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn play(authority: Option<&Authority>) -> Play {
    let credentials = Credentials::default();
    let journal = Journal::on(credentials.clone());
    let listener = Listener::bind(ephemeral(), authority).expect("a loopback port is free");
    let names = Names::default();
    for host in ["a.test", "b.test", "unserved.test"] {
        names.insert(host, listener.address());
    }
    let wire = |name: &str, party| Wire {
        authority: name.to_owned(),
        party,
        router:
            Router::new()
                .route(
                    "/",
                    get(move |headers: HeaderMap| async move {
                        format!("{party} {}", headers.contains_key("x-versus-hop"))
                    }),
                )
                .route("/echo", post(|body: String| async move { body })),
    };
    let running = listener.serve(vec![wire("a.test", "a"), wire("b.test", "b")], &journal);
    let timeouts = Timeouts { connect: Duration::from_secs(2), whole: Duration::from_secs(4) };
    let outbound = Outbound::new(&names, authority, journal.clone(), timeouts).named("tester");
    Play { credentials, journal, outbound, running }
}

async fn get_text(play: &Play, url: &str) -> Result<String, reqwest::Error> {
    let request = play.outbound.client().get(url).build()?;
    play.outbound.send(request).await?.text().await
}

#[tokio::test]
async fn routes_by_authority_over_tls_and_takes_the_claim_off() {
    let authority = Authority::new();
    let play = play(Some(&authority));
    assert_eq!(get_text(&play, "https://a.test/").await.expect("a answers"), "a false");
    assert_eq!(get_text(&play, "https://b.test/").await.expect("b answers"), "b false");
    let exchanges = play.journal.exchanges();
    assert_eq!(
        exchanges.iter().map(|e| (e.from.as_str(), e.to.as_str())).collect::<Vec<_>>(),
        [("tester", "a"), ("tester", "b")]
    );
    assert!(get_text(&play, "https://unserved.test/").await.is_err(), "no leaf, no handshake");
    play.running.stop().await;
}

#[tokio::test]
async fn speaks_plain_http_by_option() {
    let play = play(None);
    assert_eq!(get_text(&play, "http://a.test/").await.expect("a answers"), "a false");
    assert_eq!(
        get_text(&play, "http://unserved.test/").await.expect("an answer"),
        "no such authority here: \"unserved.test\"\n"
    );
}

#[tokio::test]
async fn a_name_outside_the_run_does_not_resolve() {
    let play = play(None);
    assert!(get_text(&play, "http://example.org/").await.is_err());
}

#[tokio::test]
async fn a_foreign_authority_is_not_trusted() {
    let play = play(Some(&Authority::new()));
    let names = Names::default();
    names.insert("a.test", play.running.address());
    let stranger = Outbound::new(&names, Some(&Authority::new()), play.journal.clone(), Timeouts::default());
    let request = stranger.client().get("https://a.test/").build().expect("a request");
    assert!(stranger.send(request).await.is_err());
}

#[tokio::test]
async fn redacts_at_capture_and_keeps_the_traffic_whole() {
    let play = play(None);
    play.credentials.mint(Kind::AccessToken, "the-access-token");
    let request = play
        .outbound
        .client()
        .post("http://a.test/echo?x=the-access-token&state=nobody-minted-this-state")
        .bearer_auth("the-access-token")
        .header("cookie", "s=nobody-minted-this")
        .header("content-type", "text/plain")
        .body("token=the-access-token")
        .build()
        .expect("a request");
    let answer = play.outbound.send(request).await.expect("an answer").text().await.expect("a body");
    assert_eq!(answer, "token=the-access-token");
    let kept = serde_json::to_string(&play.journal.exchanges()).expect("the journal is plain data");
    assert!(!kept.contains("the-access-token") && !kept.contains("nobody-minted-this"), "{kept}");
    assert!(kept.contains("‹at#1›") && kept.contains("s=‹unknown#2›"), "{kept}");
    assert_eq!(play.journal.exchanges()[0].sent, ["at#1"]);
}

#[tokio::test]
async fn a_killed_listener_refuses_at_once() {
    let play = play(None);
    get_text(&play, "http://a.test/").await.expect("it lives");
    play.running.kill();
    play.running.stop().await;
    let request = play.outbound.client().get("http://a.test/").build().expect("a request");
    assert!(play.outbound.send(request).await.is_err());
}

#[tokio::test]
async fn refuses_addresses_off_loopback_and_busy_ports() {
    let refused = Listener::bind(SocketAddr::from(([0, 0, 0, 0], 0)), None).expect_err("not loopback");
    assert!(refused.to_string().contains("loopback"), "{refused}");
    let taken = Listener::bind(ephemeral(), None).expect("a free port");
    let refused = Listener::bind(taken.address(), None).expect_err("busy");
    assert!(refused.to_string().contains(&taken.address().to_string()), "{refused}");
}

#[tokio::test]
async fn a_raw_target_arrives_as_it_was_written() {
    for authority in [None, Some(Authority::new())] {
        let play = play(authority.as_ref());
        let scheme = if authority.is_some() { "https" } else { "http" };
        let origin = hosting::Origin::parse(&format!("{scheme}://a.test")).expect("an origin");
        let answer = play.outbound.raw(&origin, "/x/%2e%2e/y\\z", "").await.expect("an answer");
        assert!(answer.status.is_some(), "{answer:?}");
        let seen = play.journal.exchanges();
        assert_eq!(seen[0].path, "/x/%2e%2e/y\\z");
        assert_eq!(seen[0].from, "tester");
    }
}
