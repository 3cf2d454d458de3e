//! Logout tokens, delivered to a real listener: what is in the form, how often it comes, and when.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use hosting::{Clock, Credentials, Handed, Journal, Listener, Names, Outbound, Running, Timeouts, Wire};
use mock_idp::{Lie, LogoutTokenLie as L, Settings, Times};
use serde_json::{Value, json};

use super::{EVIL, arm, header, part};
use crate::agent::{Agent, ISSUER, claims};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A provider, and an application that writes down every form that it gets.
struct Play {
    agent: Agent,
    heard: Arc<Mutex<Vec<String>>>,
    /// What another replica of the application gets, once it is registered.
    at_replica: Arc<Mutex<Vec<String>>>,
    /// Serves as long as it is kept.
    _running: Running,
}

impl Play {
    fn new() -> Self {
        let credentials = Credentials::default();
        let journal = Journal::on(credentials.clone());
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), None).unwrap();
        let names = Names::default();
        let (heard, at_replica) = (Arc::default(), Arc::default());
        let wire = |authority: &str, forms: &Arc<Mutex<Vec<String>>>| {
            names.insert(authority, listener.address());
            let forms = Arc::clone(forms);
            let receive = move |form: String| async move {
                forms.lock().unwrap().push(form);
                StatusCode::OK
            };
            let router = Router::new().route("/backchannel-logout", post(receive));
            Wire { authority: authority.to_owned(), party: "app", router }
        };
        let wires = vec![wire("bff.app.test", &heard), wire("replica.app.test", &at_replica)];
        let running = listener.serve(wires, &journal);
        let timeouts = Timeouts { connect: Duration::from_secs(1), whole: Duration::from_secs(5) };
        let outbound = Outbound::new(&names, None, journal, timeouts);
        let handed = Handed { clock: Clock::standing(), credentials, outbound };
        Self { agent: Agent::handed(Settings::default(), handed), heard, at_replica, _running: running }
    }

    /// Signs in and out, and returns what the application has got, with the claims of its ID token.
    async fn sign_out(&mut self) -> (Vec<String>, Value) {
        let id_token = self.agent.sign_in("bff").await.id;
        self.agent.control.end_session_of("alice").await;
        let heard = std::mem::take(&mut *self.heard.lock().unwrap());
        (heard, claims(&id_token))
    }
}

/// A logout token as it was received.
struct Seen {
    token: String,
    header: Value,
    claims: Value,
    now_s: u64,
    /// The claims of the session's ID token.
    session: Value,
    jwk: Value,
}

impl Seen {
    /// Tells whether a client that checks everything but these claims takes the token.
    fn is_right_but_for(&self, names: &[&str]) -> bool {
        let claims = &self.claims;
        let checks = [
            ("iss", claims["iss"] == ISSUER),
            ("aud", claims["aud"] == "bff"),
            ("sub", claims["sub"] == self.session["sub"]),
            ("sid", claims["sid"] == self.session["sid"]),
            ("iat", claims["iat"].as_u64() == Some(self.now_s)),
            ("exp", claims["exp"].as_u64() == Some(self.now_s + 120)),
            ("jti", claims["jti"].is_string()),
            ("events", claims["events"] == json!({EVENT: {}})),
            ("nonce", claims.get("nonce").is_none()),
        ];
        checks.into_iter().all(|(name, right)| right || names.contains(&name))
    }

    fn is_signed(&self) -> bool {
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(self.jwk.clone()).unwrap();
        let (signed, signature) = self.token.rsplit_once('.').unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
        let verified = jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, jsonwebtoken::Algorithm::ES256);
        verified.unwrap_or(false)
    }

    /// Tells whether the token is genuine, and these claims alone are wrong.
    fn differs_in(&self, names: &[&str]) -> bool {
        let is_genuine = self.is_signed() && self.header["typ"] == "logout+jwt";
        is_genuine && self.is_right_but_for(names) && !self.is_right_but_for(&[])
    }

    fn lacks(&self, name: &str) -> bool {
        self.differs_in(&[name]) && self.claims.get(name).is_none()
    }

    /// Tells whether the claims are right, and the token is not genuine.
    fn is_forged_with(&self, alg: &str) -> bool {
        self.header["alg"] == alg && !self.is_signed() && self.is_right_but_for(&[])
    }
}

fn is_told(lie: L, seen: &Seen) -> bool {
    let claims = &seen.claims;
    match lie {
        L::AlgNone => seen.is_forged_with("none") && seen.token.ends_with('.'),
        L::HmacWithPem => seen.is_forged_with("HS256") && part(&seen.token, 2).len() == 32,
        L::WrongKey => seen.is_forged_with("ES256") && seen.header["kid"] == seen.jwk["kid"],
        L::WrongTyp => seen.is_signed() && seen.is_right_but_for(&[]) && seen.header["typ"] == "at+jwt",
        L::IdToken => {
            let is_whole = seen.is_signed() && seen.is_right_but_for(&["events", "jti", "nonce"]);
            is_whole && seen.header["typ"] == "JWT" && claims.get("events").is_none() && claims["nonce"].is_string()
        }
        L::Encrypted => seen.token.split('.').count() == 5,
        L::Garbage => !seen.token.contains('.'),
        L::AudWrong => seen.differs_in(&["aud"]) && claims["aud"] == "nobody",
        L::OfAnotherClient => seen.differs_in(&["aud"]) && claims["aud"].is_string() && claims["aud"] != "nobody",
        L::IssWrong => seen.differs_in(&["iss"]) && claims["iss"] == EVIL,
        L::EventsMissing => seen.lacks("events"),
        L::EventWrong => seen.differs_in(&["events"]) && claims["events"].is_object(),
        L::EventsArray => seen.differs_in(&["events"]) && claims["events"] == json!([EVENT]),
        L::NoncePresent => seen.differs_in(&["nonce"]) && claims["nonce"].is_string(),
        L::IatMissing => seen.lacks("iat"),
        L::IatFuture => seen.differs_in(&["iat", "exp"]) && claims["iat"].as_u64().unwrap() > seen.now_s + 86_400,
        L::Expired => seen.differs_in(&["iat", "exp"]) && claims["exp"].as_u64().unwrap() + 600 == seen.now_s,
        L::Late => seen.differs_in(&["iat", "exp"]) && claims["exp"].as_u64().unwrap() == seen.now_s + 10,
        L::JtiMissing => seen.lacks("jti"),
        L::SubWrong => seen.differs_in(&["sub"]) && claims["sub"] == "sub-bob",
        L::SidWrong => seen.differs_in(&["sid"]) && claims["sid"].is_string(),
        L::SubAndSidMissing => {
            seen.differs_in(&["sub", "sid"]) && claims.get("sub").is_none() && claims.get("sid").is_none()
        }
        L::SubOnly => seen.lacks("sid"),
        L::SidOnly => seen.lacks("sub"),
        // Nothing is wrong with the token: the delivery is what the lie is about.
        L::Replayed
        | L::DeliveredThreeTimes
        | L::HeldBack
        | L::BeforeSignIn
        | L::Lost
        | L::OneReplica
        | L::ParameterTwice
        | L::ParameterMissing => seen.is_signed() && seen.is_right_but_for(&[]),
    }
}

fn fields(form: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form.as_bytes()).into_owned().collect()
}

/// How often a lie is delivered, and the fields of its form.
fn expected(lie: L) -> (usize, &'static [&'static str]) {
    match lie {
        L::Replayed => (2, &["logout_token"]),
        L::DeliveredThreeTimes => (3, &["logout_token"]),
        L::Lost | L::HeldBack => (0, &[]),
        L::ParameterTwice => (1, &["logout_token", "logout_token"]),
        L::ParameterMissing => (1, &["token"]),
        _ => (1, &["logout_token"]),
    }
}

/// The lies that are told at another occasion than the end of a session.
const ELSEWHERE: [L; 1] = [L::BeforeSignIn];

#[tokio::test]
async fn every_lie_is_told_and_the_sign_out_after_it_is_honest() {
    for lie in L::ALL.iter().filter(|lie| !ELSEWHERE.contains(lie)) {
        let mut play = Play::new();
        arm(&play.agent, Lie::LogoutToken(*lie), Some("bff"), Times::Once);
        let (heard, session) = play.sign_out().await;
        let jwk = play.agent.control.jwks()["keys"][0].clone();
        let (times, names) = expected(*lie);
        assert_eq!(heard.len(), times, "{lie:?}");
        for form in &heard {
            assert_eq!(form, &heard[0], "{lie:?}");
            let fields = fields(form);
            assert_eq!(fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names, "{lie:?}");
            let seen = seen(fields[0].1.clone(), &play, &session, &jwk);
            assert!(is_told(*lie, &seen), "{lie:?}: {} {}", seen.header, seen.claims);
        }
        let (heard, session) = play.sign_out().await;
        assert_eq!(heard.len(), 1, "{lie:?} is told once");
        let seen = seen(fields(&heard[0])[0].1.clone(), &play, &session, &jwk);
        assert!(seen.is_signed() && seen.is_right_but_for(&[]), "{lie:?}");
    }
}

fn seen(token: String, play: &Play, session: &Value, jwk: &Value) -> Seen {
    Seen {
        header: header(&token),
        claims: serde_json::from_slice(&part(&token, 1)).unwrap_or_default(),
        now_s: play.agent.control.now_s(),
        session: session.clone(),
        jwk: jwk.clone(),
        token,
    }
}

#[tokio::test]
async fn what_is_held_back_comes_when_the_clock_has_moved() {
    let mut play = Play::new();
    arm(&play.agent, Lie::LogoutToken(L::HeldBack), Some("bff"), Times::Once);
    assert_eq!(play.sign_out().await.0.len(), 0);
    play.agent.control.advance(Duration::from_secs(109)).await;
    assert!(play.heard.lock().unwrap().is_empty());
    play.agent.control.advance(Duration::from_secs(1)).await;
    let heard = play.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 1);
    let told = claims(&fields(&heard[0])[0].1);
    assert_eq!(
        told["exp"].as_u64(),
        Some(play.agent.control.now_s() + 10),
        "still good, and made when the session ended"
    );
}

#[tokio::test]
async fn a_token_comes_before_the_tokens_of_its_session() {
    let mut play = Play::new();
    arm(&play.agent, Lie::LogoutToken(L::BeforeSignIn), Some("bff"), Times::Once);
    let id_token = play.agent.sign_in("bff").await.id;
    let heard = std::mem::take(&mut *play.heard.lock().unwrap());
    assert_eq!(heard.len(), 1, "before the token endpoint has answered");
    assert_eq!(claims(&fields(&heard[0])[0].1)["sid"], claims(&id_token)["sid"]);
    assert_eq!(play.agent.control.counts().sessions, 1, "nothing has ended");
    assert_eq!(play.sign_out().await.0.len(), 1, "and its end is told honestly");
}

#[tokio::test]
async fn every_replica_hears_of_the_end_unless_the_lie_is_that_one_does() {
    let mut play = Play::new();
    play.agent.change_client("bff", |client| {
        client.backchannel_logout_replicas = vec!["http://replica.app.test/backchannel-logout".to_owned()];
    });
    let rows =
        [(None, 1, 1), (Some(L::OneReplica), 1, 0), (Some(L::Replayed), 2, 2), (Some(L::Lost), 0, 0), (None, 1, 1)];
    for (lie, first, second) in rows {
        if let Some(lie) = lie {
            arm(&play.agent, Lie::LogoutToken(lie), Some("bff"), Times::Once);
        }
        let (heard, session) = play.sign_out().await;
        let at_replica = std::mem::take(&mut *play.at_replica.lock().unwrap());
        assert_eq!((heard.len(), at_replica.len()), (first, second), "{lie:?}");
        let jwk = play.agent.control.jwks()["keys"][0].clone();
        for form in heard.iter().chain(&at_replica) {
            let seen = seen(fields(form)[0].1.clone(), &play, &session, &jwk);
            assert!(seen.is_signed() && seen.is_right_but_for(&[]), "{lie:?}: {}", seen.claims);
        }
        assert!(heard.first().is_none_or(|form| !at_replica.contains(form)), "each is told by itself");
    }
}

#[tokio::test]
async fn a_forged_token_is_redacted() {
    let mut play = Play::new();
    arm(&play.agent, Lie::LogoutToken(L::WrongKey), Some("bff"), Times::Once);
    let (heard, _) = play.sign_out().await;
    assert!(play.agent.handed.credentials.label(&fields(&heard[0])[0].1).is_some());
}
