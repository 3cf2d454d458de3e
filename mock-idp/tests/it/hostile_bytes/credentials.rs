//! Forged, foreign, expired and misplaced credentials of every kind: none is worth anything where the genuine one is.

use std::time::Duration;

use axum::http::{StatusCode, header};
use mock_idp::{AuthMethod, Client, Settings};
use serde_json::json;

use crate::agent::{ASSERTION_TYPE, Agent, DpopKey, at, client, credentials};

/// A place where a credential counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Introspected,
    AtUserinfo,
    Exchanged,
    SessionCookie,
    Hint,
    Code,
    RefreshToken,
    RequestUri,
    Question,
    Transaction,
    Assertion,
    Proof,
    Nonce,
    SignOutHint,
    /// Last, because it ends the session that others need.
    Confirmation,
}

impl Place {
    /// Tells whether one credential counts in both places.
    fn takes_what(self, other: Self) -> bool {
        let is_access = |place| matches!(place, Self::Introspected | Self::AtUserinfo | Self::Exchanged);
        let is_id_token = |place| matches!(place, Self::Hint | Self::SignOutHint);
        self == other || (is_access(self) && is_access(other)) || (is_id_token(self) && is_id_token(other))
    }
}

/// A provider with a signed-in browser, and a key by which a client signs its assertions and its proofs alike.
struct Scene {
    agent: Agent,
    key: DpopKey,
}

impl Scene {
    fn new() -> Self {
        let agent = Agent::new(Settings::default());
        let key = DpopKey::generate();
        let signer = Client {
            token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
            jwks: Some(json!({"keys": [key.jwk()]})),
            ..client("signer")
        };
        agent.control.put_client(signer).unwrap();
        Self { agent, key }
    }

    /// Has one credential of every kind issued, all at the same second.
    async fn gather(&mut self) -> Vec<(Place, String)> {
        let agent = &mut self.agent;
        let tokens = agent.sign_in("bff").await;
        let elsewhere = agent.stranger().sign_in("bff").await;
        let nonce = agent.nonce().await;
        let now_s = agent.control.now_s();
        vec![
            (Place::Introspected, tokens.access.clone()),
            (Place::AtUserinfo, tokens.access.clone()),
            (Place::Exchanged, tokens.access),
            (Place::SessionCookie, agent.session_cookie().unwrap().to_owned()),
            (Place::Hint, tokens.id),
            (Place::Code, agent.code("bff").await),
            (Place::RefreshToken, tokens.refresh),
            (Place::RequestUri, agent.push("bff", &[]).await.member("request_uri")),
            (Place::Question, agent.authorize("bff", &[("prompt", "consent")]).await.hidden("question")),
            (Place::Transaction, agent.authorize("bff", &[("prompt", "login")]).await.hidden("transaction")),
            (Place::Assertion, self.key.assertion("signer", now_s)),
            (Place::Proof, self.key.proof("POST", &at("/token"), Some(&nonce), None, now_s)),
            (Place::Nonce, nonce),
            (Place::SignOutHint, elsewhere.id),
            (Place::Confirmation, agent.get("/end_session", &[]).await.hidden("confirmation")),
        ]
    }

    /// Tells whether a text yields anything where a credential counts.
    async fn is_worth_something(&mut self, place: Place, text: &str) -> bool {
        let agent = &mut self.agent;
        let issuer = agent.issuer.clone();
        match place {
            Place::Introspected => agent.is_active(text).await,
            Place::AtUserinfo => is_ok(agent.userinfo(&[("authorization", &format!("Bearer {text}"))]).await.status),
            Place::Exchanged => {
                let mut form = credentials("gateway");
                form.extend([
                    ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                    ("subject_token", text),
                    ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ]);
                is_ok(agent.call("/token", &form).await.status)
            }
            Place::SessionCookie => {
                let mut thief = agent.stranger();
                thief.cookies.insert("__Host-Http-idp-session".to_owned(), text.to_owned());
                thief.authorize("bff", &[("prompt", "none")]).await.parameter("code").is_some()
            }
            Place::Hint => {
                let changes = [("prompt", "none"), ("id_token_hint", text)];
                agent.authorize("bff", &changes).await.parameter("code").is_some()
            }
            Place::Code => is_ok(agent.redeem("bff", text).await.status),
            Place::RefreshToken => is_ok(agent.refresh("bff", text).await.status),
            Place::RequestUri => {
                let query = [("client_id", "bff"), ("request_uri", text)];
                agent.get("/authorize", &query).await.status == StatusCode::SEE_OTHER
            }
            Place::Question => {
                let form = [("question", text), ("decision", "allow")];
                agent.submit(&issuer, "/consent", &form).await.status == StatusCode::SEE_OTHER
            }
            Place::Transaction => {
                let form = [("transaction", text), ("username", "alice"), ("password", "alice-password")];
                agent.stranger().submit(&issuer, "/login", &form).await.status == StatusCode::SEE_OTHER
            }
            Place::Assertion => {
                let asserted = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", text), ("token", "x")];
                is_ok(agent.call("/revoke", &asserted).await.status)
            }
            Place::Proof => self.asks_with_proof(text).await,
            Place::Nonce => {
                let proof = self.key.proof("POST", &at("/token"), Some(text), None, agent.control.now_s());
                self.asks_with_proof(&proof).await
            }
            Place::SignOutHint => {
                let before = agent.control.counts().sessions;
                agent.stranger().get("/end_session", &[("id_token_hint", text)]).await;
                agent.control.counts().sessions < before
            }
            Place::Confirmation => {
                let form = [("confirmation", text), ("decision", "sign-out")];
                let answer = agent.submit(&issuer, "/end_session/confirm", &form).await;
                answer.headers.contains_key(header::SET_COOKIE)
            }
        }
    }

    async fn asks_with_proof(&self, proof: &str) -> bool {
        let mut form = credentials("bff");
        form.push(("grant_type", "client_credentials"));
        is_ok(self.agent.call_with("/token", &form, &[("dpop", proof)]).await.status)
    }

    /// The control: every genuine credential is worth something in its place.
    async fn assert_genuine(&mut self, genuine: Vec<(Place, String)>) {
        for (place, text) in genuine {
            assert!(self.is_worth_something(place, &text).await, "the genuine {place:?}");
        }
    }
}

fn is_ok(status: StatusCode) -> bool {
    status == StatusCode::OK
}

/// Returns what somebody makes of a credential who does not know it, or not the whole of it.
fn forgeries(genuine: &str) -> Vec<String> {
    let changed_at = |place: usize| {
        let mut bytes = genuine.as_bytes().to_vec();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let last = genuine.len() - 1;
    let mut forgeries: Vec<String> = [0, 1, last / 3, last / 2, last - 1, last].map(changed_at).to_vec();
    forgeries.extend([
        format!("{genuine}A"),
        format!("A{genuine}"),
        format!("{genuine}{genuine}"),
        genuine[..last].to_owned(),
        genuine[1..].to_owned(),
        genuine.to_ascii_uppercase(),
        genuine.chars().rev().collect(),
        hosting::random_token(),
    ]);
    forgeries
}

#[tokio::test]
async fn a_forged_credential_is_worth_nothing() {
    let mut scene = Scene::new();
    let genuine = scene.gather().await;
    let before = scene.agent.issued();
    for (place, text) in &genuine {
        for forgery in forgeries(text) {
            assert!(!scene.is_worth_something(*place, &forgery).await, "{place:?}: {forgery} for {text}");
        }
    }
    assert_eq!(scene.agent.issued(), before);
    scene.assert_genuine(genuine).await;
}

#[tokio::test]
async fn a_credential_of_another_provider_is_worth_nothing() {
    let (mut scene, mut other) = (Scene::new(), Scene::new());
    let genuine = scene.gather().await;
    let foreign = other.gather().await;
    let before = scene.agent.issued();
    for (place, text) in &foreign {
        assert!(!scene.is_worth_something(*place, text).await, "{place:?}");
    }
    assert_eq!(scene.agent.issued(), before);
    scene.assert_genuine(genuine).await;
    other.assert_genuine(foreign).await;
}

#[tokio::test]
async fn a_credential_is_worth_nothing_in_the_place_of_another() {
    let mut scene = Scene::new();
    let genuine = scene.gather().await;
    let before = scene.agent.issued();
    for (own, text) in &genuine {
        for (place, _) in genuine.iter().filter(|(place, _)| !place.takes_what(*own)) {
            assert!(!scene.is_worth_something(*place, text).await, "{own:?} as {place:?}");
        }
    }
    assert_eq!(scene.agent.issued(), before);
    scene.assert_genuine(genuine).await;
}

/// A hint is not in the list: it counts for as long as its key is published (RP-Initiated Logout 1.0 §2).
#[tokio::test]
async fn an_expired_credential_is_worth_nothing() {
    let mut scene = Scene::new();
    let genuine = scene.gather().await;
    let text_of = |place: Place| genuine.iter().find(|(known, _)| *known == place).unwrap().1.clone();
    let mut passed_s = 0;
    for (life_s, place) in [
        (60, Place::Code),
        (60, Place::RequestUri),
        (60, Place::Assertion),
        (61, Place::Proof),
        (300, Place::Introspected),
        (300, Place::AtUserinfo),
        (300, Place::Exchanged),
        (600, Place::Nonce),
        (600, Place::Question),
        (600, Place::Transaction),
        (600, Place::Confirmation),
        (3_600, Place::RefreshToken),
        (28_800, Place::SessionCookie),
    ] {
        scene.agent.handed.clock.advance(Duration::from_secs(life_s - passed_s));
        passed_s = life_s;
        assert!(!scene.is_worth_something(place, &text_of(place)).await, "{place:?} after {life_s} s");
    }
}
