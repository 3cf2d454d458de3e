//! WebSockets: how they show their token, which pages open them, and when they are closed.

mod served;

use std::time::Duration;

use axum::body::Body;
use futures_util::SinkExt as _;
use hosting::{Chain, ClientCertificate};
use http::{Request, StatusCode};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio_tungstenite::tungstenite::Message;

use super::jwt::{claims, jwts};
use super::play::{PAGE, config, pace, play, play_at, reference};
use super::signer::Signer;
use crate::streams::Pace;
use crate::{Credential, Dpop, LEEWAY_S, Live, Settings, Switch, WsAuth};
use served::{Heard, Served};

const EVIL: &str = "https://evil1.test";

#[tokio::test]
async fn a_first_message_shows_the_token() {
    let served = Served::new(reference());
    let mut socket = served.listening().await;
    served.bob_pays(1).await;
    socket.assert_hears_of(1, 1).await;
    socket.say("what a client says after that means nothing").await;
    served.bob_pays(2).await;
    socket.assert_hears_of(2, 2).await;
}

#[tokio::test]
async fn a_first_message_that_shows_none_ends_it() {
    let served = Served::new(reference());
    for (first, code) in [
        (json!({"access_token": "unknown"}), 4401),
        (json!({"access_token": "other-audience"}), 4401),
        (json!({"access_token": "other-scope"}), 4403),
        (json!({"access_token": "failing"}), 1013),
        (json!({"access_token": "a b"}), 4401),
        (json!({"access_token": ["good"]}), 4401),
        (json!({"token": "good"}), 4401),
        (json!("good"), 4401),
        (json!(null), 4401),
    ] {
        assert_eq!(served.introduced(&first).await.closed_with().await, code, "{first}");
    }
    let (mut socket, _) = served.open("/live", &[("origin", PAGE)]).await.unwrap();
    socket.0.send(Message::binary(vec![1_u8, 2, 3])).await.unwrap();
    assert_eq!(socket.closed_with().await, 1003);
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for() {
    let in_a_hurry = Pace { introduction: Duration::from_millis(50), ..pace() };
    let served = Served::new(play_at(config(), Settings::default(), in_a_hurry));
    let (mut socket, _) = served.open("/live", &[("origin", PAGE)]).await.unwrap();
    assert_eq!(socket.closed_with().await, 4401);
}

#[tokio::test]
async fn there_is_a_last_place_to_wait_in_and_it_is_given_back() {
    let served = Served::new(reference());
    let mut waiting = Vec::new();
    for _ in 0..64 {
        waiting.push(served.open("/live", &[("origin", PAGE)]).await.unwrap());
    }
    assert_eq!(served.refused("/live", &[("origin", PAGE)]).await, Some(503));
    let (mut socket, _) = waiting.pop().unwrap();
    socket.say(&json!({"access_token": "good"}).to_string()).await;
    socket.assert_open().await;
    served.listening().await;
}

#[tokio::test]
async fn only_listed_pages_open_one() {
    let served = Served::new(reference());
    for headers in [
        &[("origin", EVIL)][..],
        &[("origin", "https://spa.app1.test.evil1.test")][..],
        &[("origin", "http://spa.app1.test")][..],
        &[("origin", "null")][..],
        &[("origin", PAGE), ("origin", EVIL)][..],
        &[("origin", EVIL), ("authorization", "Bearer good")][..],
        &[][..],
    ] {
        assert_eq!(served.refused("/live", headers).await, Some(403), "{headers:?}");
    }
    assert_eq!(served.refused("/live", &[("origin", PAGE)]).await, None);
    assert_eq!(served.refused("/live", &[("authorization", "Bearer good")]).await, None, "no page sends that");
}

#[tokio::test]
async fn without_the_check_of_the_origin_a_cookie_is_hijacked() {
    for (origin, refused) in [(Switch::On, Some(403)), (Switch::Off, None)] {
        let live = Live { origin, ..Live::default() };
        let served = Served::new(play(Settings { live, credential: Credential::Cookie, ..Settings::default() }));
        let headers = [("origin", EVIL), ("cookie", "access-token=good")];
        assert_eq!(served.refused("/live", &headers).await, refused, "{origin:?}");
        if refused.is_none() {
            let (mut socket, _) = served.open("/live", &headers).await.unwrap();
            served.bob_pays(1).await;
            socket.assert_hears_of(1, 1).await;
        }
    }
}

#[tokio::test]
async fn a_header_shows_the_token_whatever_the_setting() {
    for ws_auth in [WsAuth::FirstMessage, WsAuth::Query, WsAuth::Subprotocol, WsAuth::Ticket] {
        let served = Served::with(ws_auth);
        let (mut socket, _) = served.open("/live", &[("authorization", "Bearer good")]).await.unwrap();
        served.bob_pays(1).await;
        socket.assert_hears_of(1, 1).await;
        assert_eq!(served.refused("/live", &[("authorization", "Bearer unknown")]).await, Some(401), "{ws_auth:?}");
    }
}

#[tokio::test]
async fn an_address_shows_the_token_only_where_it_may() {
    for (ws_auth, refused) in [
        (WsAuth::Query, None),
        (WsAuth::FirstMessage, Some(400)),
        (WsAuth::Subprotocol, Some(400)),
        (WsAuth::Ticket, Some(400)),
    ] {
        let served = Served::with(ws_auth);
        let outcome = served.refused("/live?access_token=good", &[("origin", PAGE)]).await;
        assert_eq!(outcome, refused, "{ws_auth:?}");
    }
    let served = Served::with(WsAuth::Query);
    let (mut socket, _) = served.open("/live?access_token=good", &[("origin", PAGE)]).await.unwrap();
    served.bob_pays(1).await;
    socket.assert_hears_of(1, 1).await;
    for (target, status) in [
        ("/live", 401),
        ("/live?access_token=", 401),
        ("/live?access_token=unknown", 401),
        ("/live?access_token=good&access_token=good", 401),
        ("/live?access_token=other-scope", 403),
        ("/live?access_token=failing", 503),
        ("/live?ticket=good", 401),
    ] {
        assert_eq!(served.refused(target, &[("origin", PAGE)]).await, Some(status), "{target}");
    }
    assert_eq!(served.play.get("/accounts?access_token=good", "good").await.status, 400, "nowhere else");
}

#[tokio::test]
async fn a_subprotocol_shows_the_token_and_is_not_repeated() {
    let served = Served::with(WsAuth::Subprotocol);
    let page = |protocols: &'static str| [("origin", PAGE), ("sec-websocket-protocol", protocols)];
    let (mut socket, response) = served.open("/live", &page("bearer, good")).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "bearer");
    served.bob_pays(1).await;
    socket.assert_hears_of(1, 1).await;
    for protocols in ["bearer", "good, bearer", "bearer, unknown", "bearer, good, good", "chat, good"] {
        assert_eq!(served.refused("/live", &page(protocols)).await, Some(401), "{protocols}");
    }
}

async fn ticket(served: &Served, token: &str) -> String {
    let request = Request::post("/live/ticket").header("authorization", format!("Bearer {token}"));
    let answer = served.play.send(request, "").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.body["ticket"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_ticket_opens_one_socket_soon() {
    let served = Served::with(WsAuth::Ticket);
    let page = [("origin", PAGE)];
    let at = |ticket: &str| format!("/live?ticket={ticket}");
    let used = ticket(&served, "good").await;
    let (mut socket, _) = served.open(&at(&used), &page).await.unwrap();
    served.bob_pays(1).await;
    socket.assert_hears_of(1, 1).await;
    assert_eq!(served.refused(&at(&used), &page).await, Some(401), "it was used");
    let late = ticket(&served, "good").await;
    served.play.clock.advance(Duration::from_secs(30));
    assert_eq!(served.refused(&at(&late), &page).await, Some(401), "it is too old");
    let stolen = ticket(&served, "good").await;
    assert_eq!(served.refused(&at(&stolen), &[("origin", EVIL)]).await, Some(403));
    assert_eq!(served.refused(&at(&stolen), &page).await, None, "another page has not used it up");
    let revoked = ticket(&served, "good").await;
    served.play.provider.revoke("good");
    assert_eq!(served.refused(&at(&revoked), &page).await, Some(401), "its token has ended");
    assert_eq!(served.refused(&at("invented"), &page).await, Some(401));
    let refused = served.play.send(Request::post("/live/ticket"), "").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_ticket_is_not_refused_for_good_when_the_issuer_has_no_answer() {
    let served = Served::with(WsAuth::Ticket);
    let ticket = ticket(&served, "good").await;
    served.play.provider.fail("good");
    assert_eq!(served.refused(&format!("/live?ticket={ticket}"), &[("origin", PAGE)]).await, Some(503));
}

#[tokio::test]
async fn a_ticket_does_not_lift_what_its_token_is_bound_to() {
    let served = Served::with(WsAuth::Ticket);
    let own = ClientCertificate::new(&b"own"[..], Chain::Unknown);
    let request = Request::post("/live/ticket").header("authorization", format!("Bearer cert-{}", own.thumbprint()));
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(own);
    let answer = served.play.send_request(request).await;
    let ticket = answer.body["ticket"].as_str().unwrap();
    assert_eq!(served.refused(&format!("/live?ticket={ticket}"), &[("origin", PAGE)]).await, Some(401));
}

#[tokio::test]
async fn there_is_a_last_ticket() {
    let served = Served::with(WsAuth::Ticket);
    for _ in 0..1_000 {
        ticket(&served, "good").await;
    }
    let request = || Request::post("/live/ticket").header("authorization", "Bearer good");
    assert_eq!(served.play.send(request(), "").await.status, StatusCode::SERVICE_UNAVAILABLE);
    served.play.clock.advance(Duration::from_secs(30));
    assert_eq!(served.play.send(request(), "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn it_is_closed_when_the_token_ends() {
    let served = Served::new(reference());
    let mut socket = served.listening().await;
    served.play.provider.revoke("good");
    assert_eq!(socket.hear().await, Heard::Closed(4401, "signed out".to_owned()));

    let served = Served::new(reference());
    let mut socket = served.listening().await;
    served.play.clock.advance(Duration::from_secs(300));
    assert_eq!(socket.closed_with().await, 4401);

    let signer = Signer::new("1", "ES256");
    let served = Served::new(play(jwts()));
    served.play.provider.publish(&[&signer]);
    let jwt = signer.access_token(&claims(served.play.clock.now_s()));
    let mut socket = served.introduced(&json!({ "access_token": jwt })).await;
    socket.assert_open().await;
    served.play.clock.advance(Duration::from_secs(300 + LEEWAY_S));
    assert_eq!(socket.closed_with().await, 4401);
}

#[tokio::test]
async fn without_the_recheck_it_outlives_the_token() {
    let live = Live { recheck: Switch::Off, ..Live::default() };
    let served = Served::new(play(Settings { live, ..Settings::default() }));
    let mut socket = served.listening().await;
    served.play.provider.revoke("good");
    served.play.clock.advance(Duration::from_secs(3_600));
    served.bob_pays(1).await;
    socket.assert_hears_of(1, 1).await;
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_it() {
    let served = Served::new(reference());
    let mut socket = served.listening().await;
    socket.say(&"a".repeat(4_096)).await;
    socket.assert_open().await;
    socket.say(&"a".repeat(4_097)).await;
    assert_eq!(socket.closed_with().await, 1009);
    let (mut socket, _) = served.open("/live", &[("origin", PAGE)]).await.unwrap();
    socket.say(&json!({"access_token": "good", "more": "a".repeat(4_096)}).to_string()).await;
    assert_eq!(socket.closed_with().await, 1009);
}

#[tokio::test]
async fn who_answers_no_ping_is_gone() {
    let in_a_hurry = Pace { ping: Duration::from_millis(200), ..pace() };
    let served = Served::new(play_at(config(), Settings::default(), in_a_hurry));
    let mut lively = served.introduced(&json!({"access_token": "good"})).await;
    let silent = served.introduced(&json!({"access_token": "good"})).await;
    let mut received = Vec::new();
    let reading = async { silent.0.into_inner().read_to_end(&mut received).await };
    let lively_meanwhile = async { lively.hear().await };
    tokio::select! {
        read = tokio::time::timeout(Duration::from_secs(10), reading) => drop(read.expect("it is cut in time")),
        heard = lively_meanwhile => panic!("{heard:?}, but who answers is not cut"),
    }
    // RFC 6455 §5.2: a whole frame, a ping, of no bytes.
    assert_eq!(received, [0x89, 0x00]);
    served.bob_pays(1).await;
    lively.assert_hears_of(1, 1).await;
}

#[tokio::test]
async fn a_bound_token_comes_with_a_proof() {
    let client = Signer::new("client", "ES256");
    let served = Served::new(play(Settings { dpop: Dpop::Accept, ..Settings::default() }));
    let (token, now) = (format!("dpop-{}", client.thumbprint()), served.play.clock.now_s());
    assert_eq!(served.introduced(&json!({ "access_token": token })).await.closed_with().await, 4401);
    let proof = |nonce: Option<&str>| client.proof("GET", "https://api.app1.test/live", &token, nonce, now);
    let mut socket = served.introduced(&json!({"access_token": token, "dpop": proof(None)})).await;
    let Heard::Text(told) = socket.hear().await else { panic!("the nonce is told") };
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["error"], "use_dpop_nonce");
    assert_eq!(socket.closed_with().await, 4401);
    let proof = proof(told["dpop_nonce"].as_str());
    let mut socket = served.introduced(&json!({ "access_token": token, "dpop": proof })).await;
    socket.assert_open().await;
    served.bob_pays(1).await;
    socket.assert_hears_of(1, 1).await;
}

#[tokio::test]
async fn a_call_that_opens_none_is_told_how() {
    let answer = reference().get("/live", "good").await;
    assert_eq!(answer.status, StatusCode::UPGRADE_REQUIRED);
    assert_eq!((answer.header("upgrade"), answer.header("sec-websocket-version")), ("websocket", "13"));
}
